use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use gw_contracts::CheckDecidedV1;
use gw_crypto::{Hash, sha256};

use super::Problem;

/// How long a caller's key stays with the decision that it was given for first.
const LASTS: TimeDelta = TimeDelta::hours(24);

/// The keys that callers have given their decisions within the last day: under one key nothing is
/// allowed twice.
#[derive(Debug, Default)]
pub(crate) struct KeysGiven {
    first: HashMap<Hash, i64>,
    order: VecDeque<(DateTime<Utc>, Hash)>,
}

impl KeysGiven {
    /// Takes a decision's key, at the moment of its batch. Only a no may follow under it: what
    /// would be allowed again is answered by the first one's record.
    pub(crate) fn take(
        &mut self,
        position: i64,
        at: DateTime<Utc>,
        data: &CheckDecidedV1<'_>,
    ) -> Result<(), Problem> {
        self.forget(at);
        let Some(key) = scoped(data) else { return Ok(()) };
        match self.first.get(&key) {
            Some(first) if data.decision == "allow" => Err(Problem::Repeated(*first)),
            Some(_) => Ok(()),
            None => {
                self.first.insert(key, position);
                self.order.push_back((at, key));
                Ok(())
            }
        }
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        let over = |(at, _): &mut (DateTime<Utc>, Hash)| now >= *at + LASTS;
        while let Some((_, key)) = self.order.pop_front_if(over) {
            self.first.remove(&key);
        }
    }
}

/// The key as its caller's, at its gate. An agent is told by the last hop of its chain; a no that
/// was said before the chain was followed does not say which, so nothing is held against it.
fn scoped(data: &CheckDecidedV1<'_>) -> Option<Hash> {
    let key = data.idempotency_key_sha256.as_ref()?;
    let caller = match &data.caller.key_id {
        Some(key_id) => format!("{key_id:?}"),
        None => {
            let hop = data.principal.as_ref()?.hops.last();
            format!("{hop:?} {:?}", data.caller.credential_id)
        }
    };
    Some(sha256(format!("{} {caller} {key:?}", data.gate_id)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A decision of `ak_1` at gate 1 under `key`.
    fn decision(decision: &str, key: Option<&str>, changed: Value) -> CheckDecidedV1<'static> {
        let mut data = json!({
            "v": 1,
            "tenant_id": "ten_00000000000000000000000001",
            "gate_id": "gate_00000000000000000000000001",
            "decision": decision, "reason_code": "ok", "mode": "enforce", "action": "a",
            "access_mode": "credentialed", "inputs": {"now": "", "caveats": [], "taken": []},
            "caller": {"kind": "machine", "key_id": "ak_1"}, "checks": [],
            "idempotency_key_sha256": key,
            "basis": {"epoch": 1, "engine": "e", "key_id": "key_00000000000000000000000001"},
        });
        for (member, value) in changed.as_object().into_iter().flatten() {
            data[member] = value.clone();
        }
        serde_json::from_value(data).unwrap()
    }

    #[test]
    fn under_one_key_nothing_is_allowed_twice_within_a_day() {
        let (mut keys, at) = (KeysGiven::default(), DateTime::UNIX_EPOCH);
        let day = TimeDelta::hours(24);
        let allow = || decision("allow", Some("k"), json!({}));
        keys.take(3, at, &allow()).unwrap();
        let twice = keys.take(4, at + day - TimeDelta::microseconds(1), &allow());
        assert_eq!(twice, Err(Problem::Repeated(3)));
        keys.take(5, at, &decision("block", Some("k"), json!({}))).unwrap();
        keys.take(6, at, &decision("allow", None, json!({}))).unwrap();
        keys.take(7, at + day, &allow()).unwrap();
        assert_eq!(keys.take(8, at + day, &allow()), Err(Problem::Repeated(7)));
    }

    #[test]
    fn others_have_keys_of_their_own() {
        let (mut keys, at) = (KeysGiven::default(), DateTime::UNIX_EPOCH);
        let gate = json!({"gate_id": "gate_00000000000000000000000002"});
        let caller = json!({"caller": {"kind": "machine", "key_id": "ak_2"}});
        let agent = |hop: &str| {
            let kind = "capability";
            json!({
                "caller": {"kind": "agent", "credential_id": "j"},
                "principal": {"kind": kind, "issuer": "i", "credential_id": "j", "subject": "s",
                    "kid": "rk_00000000000000000000000001", "hops": [hop]},
            })
        };
        for (position, changed) in (0..).zip([json!({}), gate, caller, agent("a"), agent("b")]) {
            keys.take(position, at, &decision("allow", Some("k"), changed)).unwrap();
        }
        let again = decision("allow", Some("k"), agent("a"));
        assert_eq!(keys.take(9, at, &again), Err(Problem::Repeated(3)));
    }
}
