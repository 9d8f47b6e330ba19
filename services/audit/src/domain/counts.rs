//! What a batch says that its decisions count as, held against their records.

use std::collections::BTreeMap;

use gw_contracts::TallyLine;
use serde_json::Value;
use uuid::Uuid;

use super::{Entry, Problem, entry::text};

/// The decisions of a batch, counted by what their records say.
#[derive(Default)]
pub(crate) struct Counts {
    /// By gate, decision and caller.
    told: BTreeMap<(Uuid, String, String), i64>,
    /// By gate, those whose records are gone.
    forgotten: BTreeMap<Uuid, i64>,
}

impl Counts {
    /// Counts a decision by its record.
    pub(crate) fn take(&mut self, row: &Entry, event: &Value) -> Result<(), Problem> {
        let data = &event["data"];
        let decision = text(data, "decision")?;
        let caller = text(&data["caller"], "key_id").or_else(|_| text(&data["caller"], "kind"))?;
        let of = (row.gate_id.unwrap_or_default(), decision.to_owned(), caller.to_owned());
        *self.told.entry(of).or_default() += 1;
        Ok(())
    }

    /// Counts a decision whose record is gone.
    pub(crate) fn forget(&mut self, row: &Entry) {
        *self.forgotten.entry(row.gate_id.unwrap_or_default()).or_default() += 1;
    }

    /// Whether the tally of a batch of so many entries is of these decisions, and of nothing else.
    /// Of those whose records are gone it is believed what they were, but not of which gate.
    pub(crate) fn agree(&self, stored: &Value, entries: i64) -> bool {
        let Some(lines) = TallyLine::all(stored, entries) else { return false };
        let mut left = BTreeMap::<_, i64>::new();
        for TallyLine { gate, decision, caller, count } in lines {
            *left.entry((gate, decision, caller)).or_default() += count;
        }
        for (of, known) in &self.told {
            match left.get_mut(of) {
                Some(count) if *count >= *known => *count -= known,
                _ => return false,
            }
        }
        let mut unknown = BTreeMap::<_, i64>::new();
        for ((gate, ..), count) in left.into_iter().filter(|(_, count)| *count > 0) {
            *unknown.entry(gate).or_default() += count;
        }
        unknown == self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GATES: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(2)];

    fn line(gate: Uuid, decision: &str, caller: &str, count: i64) -> Value {
        json!({ "gate": gate, "decision": decision, "caller": caller, "count": count })
    }

    /// Two of the first gate's for a key, one of the second's for an agent; of each gate one that
    /// has no record, if so wished.
    fn counts(with_forgotten: bool) -> Counts {
        let mut counts = Counts::default();
        for (gate, decision, caller) in [
            (GATES[0], "allow", json!({ "kind": "machine", "key_id": "ak_1" })),
            (GATES[0], "allow", json!({ "kind": "machine", "key_id": "ak_1" })),
            (GATES[1], "block", json!({ "kind": "agent" })),
        ] {
            let event = json!({ "data": { "decision": decision, "caller": caller } });
            counts.take(&entry(gate), &event).unwrap();
        }
        if with_forgotten {
            GATES.iter().for_each(|gate| counts.forget(&entry(*gate)));
        }
        counts
    }

    fn entry(gate: Uuid) -> Entry {
        Entry {
            idx: 0,
            day: chrono::NaiveDate::MIN,
            id: Uuid::nil(),
            kind: String::new(),
            gate_id: Some(gate),
            moves_epoch: false,
            hash: Vec::new(),
            body: None,
            signature: None,
        }
    }

    #[test]
    fn a_tally_is_of_all_its_records_and_of_no_others() {
        let [one, two] = GATES;
        let (both, last) = (line(one, "allow", "ak_1", 2), line(two, "block", "agent", 1));
        assert!(counts(false).agree(&json!([both, last]), 3));
        let one_by_one = line(one, "allow", "ak_1", 1);
        assert!(counts(false).agree(&json!([one_by_one, last, one_by_one]), 3));
        for wrong in [
            json!([line(one, "allow", "ak_1", 3)]),
            json!([line(one, "allow", "ak_1", 1), line(one, "allow", "ak_2", 1), last]),
            json!([line(one, "block", "ak_1", 2), last]),
            json!([line(two, "allow", "ak_1", 2), last]),
            json!([both]),
            json!([both, last, line(two, "block", "agent", 1)]),
            json!([both, both, last]),
        ] {
            assert!(!counts(false).agree(&wrong, 3), "{wrong}");
        }
        assert!(
            !counts(false).agree(&json!([both, last, last]), 4),
            "an entry that is no decision"
        );
    }

    #[test]
    fn what_is_gone_is_believed_as_far_as_the_gate() {
        let [one, two] = GATES;
        let (both, last) = (line(one, "allow", "ak_1", 2), line(two, "block", "agent", 1));
        let gone = [line(one, "block", "ak_2", 1), line(two, "allow", "ak_1", 1)];
        assert!(counts(true).agree(&json!([both, last, gone[0], gone[1]]), 5));
        assert!(counts(true).agree(&json!([line(one, "allow", "ak_1", 3), last, gone[1]]), 5));
        for wrong in [
            json!([both, last, line(one, "block", "ak_2", 2)]),
            json!([line(one, "allow", "ak_1", 1), last, gone[0], gone[0], gone[1]]),
        ] {
            assert!(!counts(true).agree(&wrong, 5), "{wrong}");
        }
    }
}
