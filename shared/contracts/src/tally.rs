//! What the decisions of a batch count as. It stands beside the batch, so that whoever counts reads
//! no records; whoever verifies holds it against them.

use std::{collections::BTreeMap, fmt};

use gw_kernel::{ApiKeyId, GateId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a decision counts as: equal ones are added up by whoever writes them, unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// The gate that decided.
    pub gate: GateId,
    /// What, as the record says it.
    pub decision: &'static str,
    /// Who asked.
    pub caller: CountedCaller,
}

/// Who asked, as far as callers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedCaller {
    /// An agent that asked for itself.
    Agent,
    /// An API key.
    Key(ApiKeyId),
}

impl fmt::Display for CountedCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::Agent => f.write_str("agent"),
        }
    }
}

/// How many decisions of a batch count as what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Counted, i64>);

impl Tally {
    /// Counts a decision.
    pub fn add(&mut self, decision: Counted) {
        *self.0.entry(decision).or_default() += 1;
    }

    /// As it is stored: a JSON list of [`TallyLine`]s.
    #[must_use]
    pub fn to_json(&self) -> String {
        let lines: Vec<TallyLine> = self.0.iter().map(|(of, count)| line(of, *count)).collect();
        // Nothing of a line is without a form in JSON. A tally that accounts for nothing is not
        // believed.
        serde_json::to_string(&lines).unwrap_or_else(|_| "[]".to_owned())
    }
}

fn line(of: &Counted, count: i64) -> TallyLine {
    TallyLine {
        gate: of.gate.uuid(),
        decision: of.decision.to_owned(),
        caller: of.caller.to_string(),
        count,
    }
}

/// One line of a tally, as it is stored: so many decisions count as this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyLine {
    /// The gate, as the column `gate_id` of its entries.
    pub gate: Uuid,
    /// `allow`, `block` or `request_hold`.
    pub decision: String,
    /// The API key that asked, or `agent` for agents that ask for themselves.
    pub caller: String,
    /// How many.
    pub count: i64,
}

impl TallyLine {
    /// The lines of a stored tally that accounts for so many decisions, and for no other number of
    /// them. Of one that does not, or is no tally at all, nothing is believed.
    #[must_use]
    pub fn all(stored: &serde_json::Value, decisions: i64) -> Option<Vec<Self>> {
        let lines = Vec::<Self>::deserialize(stored).ok()?;
        let mut left = decisions;
        for line in &lines {
            if line.count < 1 || line.count > left {
                return None;
            }
            left -= line.count;
        }
        (left == 0).then_some(lines)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn counted(gate: u128, caller: CountedCaller) -> Counted {
        Counted { gate: GateId::from_uuid(Uuid::from_u128(gate)), decision: "allow", caller }
    }

    #[test]
    fn what_counts_alike_is_one_line() {
        let key = ApiKeyId::from_uuid(Uuid::from_u128(7));
        let mut tally = Tally::default();
        for caller in [CountedCaller::Key(key), CountedCaller::Agent, CountedCaller::Key(key)] {
            tally.add(counted(1, caller));
        }
        tally.add(Counted { decision: "block", ..counted(1, CountedCaller::Agent) });
        tally.add(counted(2, CountedCaller::Agent));
        let stored: Value = serde_json::from_str(&tally.to_json()).unwrap();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(
            stored,
            json!([
                { "gate": one, "decision": "allow", "caller": "agent", "count": 1 },
                { "gate": one, "decision": "allow", "caller": key, "count": 2 },
                { "gate": one, "decision": "block", "caller": "agent", "count": 1 },
                { "gate": two, "decision": "allow", "caller": "agent", "count": 1 },
            ])
        );
        assert_eq!(TallyLine::all(&stored, 5).unwrap().len(), 4);
    }

    #[test]
    fn a_tally_accounts_for_every_decision_or_for_none() {
        let gate = Uuid::nil();
        let line = |count: Value| json!({ "gate": gate, "decision": "allow", "caller": "agent", "count": count });
        let whole = json!([line(2.into()), line(3.into())]);
        assert!(TallyLine::all(&whole, 5).is_some());
        for (stored, decisions) in [
            (whole.clone(), 4),
            (whole, 6),
            (json!([]), 1),
            (json!([line(6.into()), line((-1).into())]), 5),
            (json!([line(5.into()), line(0.into())]), 5),
            (json!([line(i64::MAX.into()), line(i64::MAX.into())]), 5),
            (json!([line(2.5.into()), line(2.5.into())]), 5),
            (json!({ "count": 5 }), 5),
            (Value::Null, 5),
        ] {
            assert_eq!(TallyLine::all(&stored, decisions), None, "{stored}");
        }
    }
}
