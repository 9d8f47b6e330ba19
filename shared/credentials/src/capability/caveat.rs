use serde_json::Value;

use super::{
    MAX_TOOLS,
    decode::{Members, integer, text_of},
    spelling::Spelling,
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
        let (own, kind) = match name.as_str() {
            "agent_lock" => ("agent", Self::AgentLock { agent: agent(members)? }),
            "exp" => ("exp", Self::Exp { exp: integer(members, "exp")? }),
            "tool_allow" => ("tools", Self::ToolAllow { tools: tools(members)? }),
            "tool_deny" => ("tools", Self::ToolDeny { tools: tools(members)? }),
            "max_calls" => {
                let max_calls = integer(members, "max_calls")?.unwrap_or(0);
                ("max_calls", Self::MaxCalls { max_calls })
            }
            _ => return Ok(Self::Unsupported { name }),
        };
        if members.keys().any(|member| member != "t" && member != own) {
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

impl NewCaveat {
    /// Its JSON as it is signed and sent: members in order, empty ones left out.
    pub(super) fn to_json(&self) -> String {
        let mut out = String::from("{\"t\":");
        let name = match self {
            Self::AgentLock(_) => "agent_lock",
            Self::Exp(_) => "exp",
            Self::ToolAllow(_) => "tool_allow",
            Self::ToolDeny(_) => "tool_deny",
            Self::MaxCalls(_) => "max_calls",
        };
        Spelling::Gateway.write(name, &mut out);
        match self {
            Self::AgentLock(agent) if !agent.is_empty() => {
                out.push_str(",\"agent\":");
                Spelling::Gateway.write(agent, &mut out);
            }
            Self::ToolAllow(tools) | Self::ToolDeny(tools) if !tools.is_empty() => {
                write_tools(tools, &mut out);
            }
            Self::Exp(number) | Self::MaxCalls(number) if *number != 0 => {
                out.push_str(&format!(",\"{name}\":{number}"));
            }
            _ => {}
        }
        out.push('}');
        out
    }
}

fn write_tools(tools: &[String], out: &mut String) {
    out.push_str(",\"tools\":[");
    for (index, tool) in tools.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        Spelling::Gateway.write(tool, out);
    }
    out.push(']');
}

fn agent(members: &Members) -> Result<String, CredentialError> {
    let agent = members.get("agent").map(|agent| text_of(agent, "agent is not text"));
    agent.transpose().map(Option::unwrap_or_default)
}

fn tools(members: &Members) -> Result<Vec<String>, CredentialError> {
    let Some(tools) = members.get("tools") else {
        return Ok(Vec::new());
    };
    let tools = tools.as_array().ok_or(Malformed("tools is not a list"))?;
    if tools.len() > MAX_TOOLS {
        return Err(CredentialError::TooManyTools);
    }
    tools.iter().map(|tool| text_of(tool, "a tool is not text")).collect()
}
