use super::spelling::Spelling;

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
    /// Only tools of these servers.
    McpAllow(Vec<String>),
    /// At most so many allowed calls a minute.
    RateLimit(i64),
    /// At most so many cents in all.
    MaxCost(i64),
    /// Only at a risk of at most this.
    RiskMax(i64),
    /// When a person confirmed the mint, in Unix seconds; it counts in the issuer's statement alone.
    StepUp(i64),
    /// Of calls to other agents, only those to these.
    CalleeAllow {
        /// Names of agents.
        callees: Vec<String>,
        /// Names of zones.
        zones: Vec<String>,
    },
}

impl NewCaveat {
    /// Its JSON as it is signed and sent: members in order, empty ones left out.
    pub(super) fn to_json(&self) -> String {
        let mut out = String::from("{\"t\":");
        Spelling::Gateway.write(self.name(), &mut out);
        match self {
            Self::AgentLock(agent) if !agent.is_empty() => {
                out.push_str(",\"agent\":");
                Spelling::Gateway.write(agent, &mut out);
            }
            Self::AgentLock(_) => {}
            Self::ToolAllow(tools) | Self::ToolDeny(tools) => write_list("tools", tools, &mut out),
            Self::McpAllow(servers) => write_list("servers", servers, &mut out),
            Self::CalleeAllow { callees, zones } => {
                write_list("callees", callees, &mut out);
                write_list("callee_zones", zones, &mut out);
            }
            Self::Exp(number) => write_number("exp", *number, &mut out),
            Self::MaxCalls(number) => write_number("max_calls", *number, &mut out),
            Self::RateLimit(number) => write_number("rate_per_min", *number, &mut out),
            Self::MaxCost(number) => write_number("max_cents", *number, &mut out),
            Self::RiskMax(number) => write_number("risk_max", *number, &mut out),
            Self::StepUp(number) => write_number("step_up_at", *number, &mut out),
        }
        out.push('}');
        out
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::AgentLock(_) => "agent_lock",
            Self::Exp(_) => "exp",
            Self::ToolAllow(_) => "tool_allow",
            Self::ToolDeny(_) => "tool_deny",
            Self::MaxCalls(_) => "max_calls",
            Self::McpAllow(_) => "mcp_allow",
            Self::RateLimit(_) => "rate_limit",
            Self::MaxCost(_) => "max_cost",
            Self::RiskMax(_) => "risk_max",
            Self::StepUp(_) => "step_up",
            Self::CalleeAllow { .. } => "callee_allow",
        }
    }
}

fn write_number(member: &str, number: i64, out: &mut String) {
    if number != 0 {
        out.push_str(&format!(",\"{member}\":{number}"));
    }
}

fn write_list(member: &str, entries: &[String], out: &mut String) {
    for (index, entry) in entries.iter().enumerate() {
        if index == 0 {
            out.push_str(&format!(",\"{member}\":["));
        } else {
            out.push(',');
        }
        Spelling::Gateway.write(entry, out);
    }
    if !entries.is_empty() {
        out.push(']');
    }
}
