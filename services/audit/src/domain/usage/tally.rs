use std::collections::BTreeMap;

use chrono::NaiveDate;
use gw_contracts::{CheckDecidedV1, CheckRefusedV1, Event as _, TallyLine};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::Fact;

/// What stands for what a record does not say any more.
const UNKNOWN: &str = "unknown";

/// The entries of a stretch of a tenant's log, counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// By day, gate, decision and caller.
    pub(crate) decisions: BTreeMap<(NaiveDate, Uuid, String, String), i64>,
    /// By day and type.
    pub(crate) administrative: BTreeMap<(NaiveDate, String), i64>,
}

#[derive(Deserialize)]
struct Record {
    data: Decided,
}

/// As much of a record as is counted by. Whatever else it holds is not looked at.
#[derive(Deserialize)]
struct Decided {
    decision: String,
    caller: Caller,
}

#[derive(Deserialize)]
struct Caller {
    kind: String,
    #[serde(default)]
    key_id: Option<String>,
}

impl Tally {
    /// Counts the decisions of a day by what their batch says of them.
    pub(crate) fn count(&mut self, day: NaiveDate, lines: &[TallyLine]) {
        for line in lines {
            let of = (day, line.gate, line.decision.clone(), line.caller.clone());
            *self.decisions.entry(of).or_default() += line.count;
        }
    }

    /// Counts an entry, once. A count of refusals is neither a decision nor a change.
    pub(crate) fn take(&mut self, fact: &Fact) {
        match &*fact.kind {
            CheckDecidedV1::TYPE => self.decided(fact),
            CheckRefusedV1::TYPE => {}
            kind => *self.administrative.entry((fact.day, kind.to_owned())).or_default() += 1,
        }
    }

    /// A decision counts also when its body is gone: as what nobody knows any more.
    fn decided(&mut self, fact: &Fact) {
        let record = fact.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let (decision, caller) = match record {
            Some(Record { data: Decided { decision, caller } }) => {
                (decision, caller.key_id.unwrap_or(caller.kind))
            }
            None => (UNKNOWN.to_owned(), UNKNOWN.to_owned()),
        };
        let of = (fact.day, fact.gate_id.unwrap_or_default(), decision, caller);
        *self.decisions.entry(of).or_default() += 1;
    }
}
