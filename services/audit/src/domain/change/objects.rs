//! What an entry is about, and what else it has to do with.

use std::collections::BTreeSet;

use gw_contracts::{CapabilityMintedV1, Event as _};
use serde_json::Value;

use super::State;

/// Longer names are of no object of ours, and not found by.
const LONGEST: usize = 600;

/// What an event is about: an id, or a kind and a name where names are other people's to choose.
pub(super) fn own(kind: &str, subject: &str) -> String {
    if kind == CapabilityMintedV1::TYPE { capability(subject) } else { subject.to_owned() }
}

/// Every object that an event has to do with, its own among them.
pub(super) fn all(kind: &str, own: &str, data: &State) -> BTreeSet<String> {
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let texts = |name: &str| {
        let list = data.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str)
    };
    let mut all = BTreeSet::from([own.to_owned()]);
    all.extend(text("gate_id").map(str::to_owned));
    all.extend(text("operator_id").map(str::to_owned));
    all.extend(text("agent_id").map(agent));
    if kind == CapabilityMintedV1::TYPE {
        all.extend(text("subject").map(agent));
    }
    if matches!(text("scope"), Some("tenant" | "global")) {
        all.extend(text("tenant_id").map(str::to_owned));
    }
    all.extend(texts("subjects").map(agent));
    all.extend(texts("jtis").chain(texts("root_jtis")).map(capability));
    all.extend(texts("hop_ids").map(|hop| format!("hop:{hop}")));
    all.retain(|object| (1..=LONGEST).contains(&object.len()));
    all
}

fn agent(name: &str) -> String {
    format!("agent:{name}")
}

fn capability(jti: &str) -> String {
    format!("capability:{jti}")
}
