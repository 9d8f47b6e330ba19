use serde_json::Value;

use super::{
    MAX_TOOLS,
    decode::{Members, integer, text_of},
};
use crate::CredentialError::{self, Malformed};

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
    /// `mcp_allow`: only tools of these servers. An empty list denies.
    McpAllow {
        /// Names of servers, literally: `S` itself, and what begins with `S.`, `S:` or `S/`.
        servers: Vec<String>,
    },
    /// `rate_limit`: at most so many allowed calls a minute, counted under this caveat's hop id.
    RateLimit {
        /// Zero, also where it is missing, allows none.
        rate_per_min: i64,
    },
    /// `max_cost`: what allowed calls cost together, counted under this caveat's hop id.
    MaxCost {
        /// In cents; zero, also where it is missing, allows what costs nothing.
        max_cents: i64,
    },
    /// `risk_max`: only while the risk that the gate sees is at most this.
    RiskMax {
        /// The highest score; zero where it is missing.
        risk_max: i64,
    },
    /// `callee_allow`: of calls to other agents, only those to these. Empty lists deny all.
    CalleeAllow {
        /// Names of agents; any where there are only zones.
        callees: Vec<String>,
        /// Names of zones; any where there are only agents.
        callee_zones: Vec<String>,
    },
    /// `step_up`: it restricts nothing, and grants nothing: anybody could append it. What counts is
    /// the claim in the issuer's statement.
    StepUp {
        /// Unix seconds.
        step_up_at: i64,
    },
    /// Any other name: it is not enforced here, and so it denies.
    Unsupported {
        /// The caveat's `t`.
        name: String,
    },
}

impl CaveatKind {
    /// Reads a caveat. One that is known has no member but its own: a restriction that we would
    /// not see must not look enforced.
    pub(super) fn read(value: &Value) -> Result<Self, CredentialError> {
        let members = value.as_object().ok_or(Malformed("a caveat is not a JSON object"))?;
        let name = members.get("t").ok_or(Malformed("a caveat has no type"))?;
        let name = text_of(name, "a caveat's type is not text")?;
        let number = |name| Ok(integer(members, name)?.unwrap_or(0));
        let (own, kind): (&[&str], Self) = match name.as_str() {
            "agent_lock" => (&["agent"], Self::AgentLock { agent: agent(members)? }),
            "exp" => (&["exp"], Self::Exp { exp: integer(members, "exp")? }),
            "tool_allow" => (&["tools"], Self::ToolAllow { tools: list(members, "tools")? }),
            "tool_deny" => (&["tools"], Self::ToolDeny { tools: list(members, "tools")? }),
            "mcp_allow" => (&["servers"], Self::McpAllow { servers: list(members, "servers")? }),
            "max_calls" => (&["max_calls"], Self::MaxCalls { max_calls: number("max_calls")? }),
            "rate_limit" => {
                (&["rate_per_min"], Self::RateLimit { rate_per_min: number("rate_per_min")? })
            }
            "max_cost" => (&["max_cents"], Self::MaxCost { max_cents: number("max_cents")? }),
            "risk_max" => (&["risk_max"], Self::RiskMax { risk_max: number("risk_max")? }),
            "step_up" => (&["step_up_at"], Self::StepUp { step_up_at: number("step_up_at")? }),
            "callee_allow" => {
                let callees = list(members, "callees")?;
                let callee_zones = list(members, "callee_zones")?;
                (&["callees", "callee_zones"], Self::CalleeAllow { callees, callee_zones })
            }
            _ => return Ok(Self::Unsupported { name }),
        };
        if members.keys().any(|member| member != "t" && !own.contains(&member.as_str())) {
            return Err(Malformed("a caveat has a member that its type does not have"));
        }
        Ok(kind)
    }

    /// The caveat's `t`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::AgentLock { .. } => "agent_lock",
            Self::Exp { .. } => "exp",
            Self::ToolAllow { .. } => "tool_allow",
            Self::ToolDeny { .. } => "tool_deny",
            Self::MaxCalls { .. } => "max_calls",
            Self::McpAllow { .. } => "mcp_allow",
            Self::RateLimit { .. } => "rate_limit",
            Self::MaxCost { .. } => "max_cost",
            Self::RiskMax { .. } => "risk_max",
            Self::CalleeAllow { .. } => "callee_allow",
            Self::StepUp { .. } => "step_up",
            Self::Unsupported { name } => name,
        }
    }
}

fn agent(members: &Members) -> Result<String, CredentialError> {
    let agent = members.get("agent").map(|agent| text_of(agent, "agent is not text"));
    agent.transpose().map(Option::unwrap_or_default)
}

fn list(members: &Members, name: &str) -> Result<Vec<String>, CredentialError> {
    let Some(listed) = members.get(name) else {
        return Ok(Vec::new());
    };
    let listed = listed.as_array().ok_or(Malformed("a caveat's list is not a list"))?;
    if listed.len() > MAX_TOOLS {
        return Err(CredentialError::TooManyTools);
    }
    listed.iter().map(|entry| text_of(entry, "an entry of a caveat's list is not text")).collect()
}
