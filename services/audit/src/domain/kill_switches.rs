use std::collections::HashSet;

use gw_contracts::CheckDecidedV1;
use serde_json::Value;

use super::Problem;

/// What the log says is halted. The global kill switch stands in the platform's log alone: of it a
/// tenant's log shows what it blocked, and nothing that it should have.
#[derive(Debug, Default)]
pub(crate) struct KillSwitches(HashSet<Halted>);

#[derive(Debug, PartialEq, Eq, Hash)]
enum Halted {
    Tenant,
    Gate(String),
    Agent(String),
}

impl KillSwitches {
    /// Learns from an administrative event's data of the tenant's own; others tell it nothing.
    pub(crate) fn learn(&mut self, data: &Value) {
        if data["switch_id"].is_null() {
            return;
        }
        let text = |member: &str| data[member].as_str().map(ToOwned::to_owned);
        let halted = match data["scope"].as_str() {
            Some("tenant") => Some(Halted::Tenant),
            Some("gate") => text("gate_id").map(Halted::Gate),
            Some("agent") => text("agent_id").map(Halted::Agent),
            _ => None,
        };
        match (halted, data["state"].as_str()) {
            (Some(halted), Some("engaged")) => _ = self.0.insert(halted),
            (Some(halted), _) => _ = self.0.remove(&halted),
            (None, _) => {}
        }
    }

    /// Demands that a decision is what the switches make of it: a block that names the widest one
    /// that it met, or the global one; else none that is not engaged.
    pub(crate) fn hold(&self, record: &CheckDecidedV1<'_>) -> Result<(), Problem> {
        let met = self.met(record);
        let said = record.kill_switch.as_deref();
        let blocked = record.decision == "block" && record.reason_code == "kill_switch";
        match (met, said) {
            (None, None) => Ok(()),
            (_, Some("global")) if blocked => Ok(()),
            (Some(met), Some(said)) if blocked && met == said => Ok(()),
            (Some(_), _) => Err(Problem::KillSwitch("what is halted is blocked, and says so")),
            (None, Some(_)) => Err(Problem::KillSwitch("nothing that it meets is halted")),
        }
    }

    /// The widest switch that this check met.
    fn met(&self, record: &CheckDecidedV1<'_>) -> Option<&'static str> {
        let gate = Halted::Gate(record.gate_id.to_string());
        let agent = record.agent_id.as_deref().map(|agent| Halted::Agent(agent.to_owned()));
        if self.0.contains(&Halted::Tenant) {
            Some("tenant")
        } else if self.0.contains(&gate) {
            Some("gate")
        } else {
            agent.filter(|agent| self.0.contains(agent)).map(|_| "agent")
        }
    }
}
