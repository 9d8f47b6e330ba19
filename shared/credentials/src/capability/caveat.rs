/// One link of a capability's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caveat {
    /// Its JSON, byte for byte as it was received.
    pub raw: String,
    /// What it restricts.
    pub kind: CaveatKind,
}

/// What a caveat restricts, as far as it is enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaveatKind {
    /// `agent_lock`: only this agent.
    AgentLock {
        /// The agent's id; a missing one matches nobody.
        agent: String,
    },
    /// `exp`: only before this moment.
    Exp {
        /// Unix seconds; a missing one denies.
        exp: Option<i64>,
    },
    /// `tool_allow`: only actions that match one of these globs. An empty list denies.
    ToolAllow {
        /// Shell globs, see [`gw_kernel::glob_matches`].
        tools: Vec<String>,
    },
    /// `tool_deny`: no action that matches one of these globs.
    ToolDeny {
        /// Shell globs, see [`gw_kernel::glob_matches`].
        tools: Vec<String>,
    },
    /// `max_calls`: at most so many allowed calls, counted under this caveat's hop id.
    MaxCalls {
        /// Zero, also where it is missing, allows none.
        max_calls: i64,
    },
    /// Any other name: it is not enforced here, and so it denies.
    Unsupported {
        /// The caveat's `t`.
        name: String,
    },
}

impl CaveatKind {
    /// The caveat's `t`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::AgentLock { .. } => "agent_lock",
            Self::Exp { .. } => "exp",
            Self::ToolAllow { .. } => "tool_allow",
            Self::ToolDeny { .. } => "tool_deny",
            Self::MaxCalls { .. } => "max_calls",
            Self::Unsupported { name } => name,
        }
    }
}

/// A caveat to append: one that is enforced, with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewCaveat {
    /// Only this agent.
    AgentLock(String),
    /// Only before this moment, in Unix seconds.
    Exp(i64),
    /// Only actions that match one of these globs.
    ToolAllow(Vec<String>),
    /// No action that matches one of these globs.
    ToolDeny(Vec<String>),
    /// At most so many allowed calls.
    MaxCalls(i64),
}
