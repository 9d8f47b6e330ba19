//! What an object is after an event: its entries, folded.
//!
//! An event says the whole of what it can say of its object. So of the members that its type has,
//! those that it does not say are gone; those that its type does not have stay as they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use gw_contracts::{
    Event as _, EventSchema, GateCreatedV1, GateKeypairRetiredV1, GateKeypairRotatedV1,
    LogKeyRotatedV1, LogRegressionAcknowledgedV1, all_events,
};
use serde_json::Value;

use super::State;

/// The members that each type of event has.
static MEMBERS: LazyLock<BTreeMap<&'static str, BTreeSet<String>>> = LazyLock::new(|| {
    all_events().into_iter().map(|event| (event.kind, members_of(&event))).collect()
});

fn members_of(event: &EventSchema) -> BTreeSet<String> {
    let members = event.schema.get("properties").and_then(Value::as_object);
    members.into_iter().flat_map(|members| members.keys().cloned()).collect()
}

/// The state of an event's object after it.
pub(super) fn after(kind: &str, before: &State, data: &State) -> State {
    let mut after = before.clone();
    for member in MEMBERS.get(kind).into_iter().flatten() {
        after.remove(member);
    }
    for (name, value) in data.iter().filter(|(name, _)| !is_envelope(name)) {
        after.insert(name.clone(), value.clone());
    }
    match kind {
        GateCreatedV1::TYPE => keep_keys(&mut after, before, "keypairs", &["keypairs"]),
        GateKeypairRotatedV1::TYPE => {
            keep_keys(&mut after, before, "keypairs", &["previous", "active"]);
        }
        GateKeypairRetiredV1::TYPE => keep_keys(&mut after, before, "keypairs", &["keypair"]),
        LogKeyRotatedV1::TYPE | LogRegressionAcknowledgedV1::TYPE => {
            if let Some(vkey) = data.get("active").and_then(|key| key.get("vkey")) {
                after.insert("log_vkey".to_owned(), vkey.clone());
            }
            keep_keys(&mut after, before, "log_keys", &["previous", "active"]);
        }
        _ => {}
    }
    after
}

/// What the envelope adds to every event's data.
fn is_envelope(member: &str) -> bool {
    matches!(member, "actor" | "moves_epoch")
}

/// Keeps an object's keys by their ids: those that were there, and those that the event tells of
/// in these members, alone or in a list.
fn keep_keys(after: &mut State, before: &State, kept: &str, told: &[&str]) {
    let told: Vec<Value> = told.iter().filter_map(|member| after.remove(*member)).collect();
    let mut keys = before.get(kept).and_then(Value::as_object).cloned().unwrap_or_default();
    for told in told {
        let list = match told {
            Value::Array(list) => list,
            one => vec![one],
        };
        for key in list {
            let Value::Object(mut told) = key else { continue };
            let Some(Value::String(id)) = told.remove("key_id") else { continue };
            match keys.get_mut(&id) {
                Some(Value::Object(known)) => known.extend(told),
                _ => drop(keys.insert(id, Value::Object(told))),
            }
        }
    }
    after.insert(kept.to_owned(), Value::Object(keys));
}
