use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Members that are not the same: what each is, and what it is to be.
pub(super) type Differences = BTreeMap<String, (Value, Value)>;

/// Every member that is another.
pub(super) fn differences(now: &impl Serialize, wanted: &impl Serialize) -> Differences {
    let (now, wanted) = (json!(now), json!(wanted));
    let names = [&now, &wanted].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let pair = |name: &String| (name.clone(), (now[name].clone(), wanted[name].clone()));
    names.map(pair).filter(|(_, (now, wanted))| now != wanted).collect()
}

pub(super) fn told(differences: &Differences) -> String {
    let one = |(member, (now, to)): (&String, &(Value, Value))| format!("{member} {now} -> {to}");
    differences.iter().map(one).collect::<Vec<_>>().join(", ")
}
