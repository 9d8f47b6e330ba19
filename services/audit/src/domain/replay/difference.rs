use serde::Serialize;
use serde_json::{Map, Value, json};

/// A decision that does not come out as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// Its position.
    pub position: i64,
    /// `dec_...`.
    pub decision_id: String,
    /// The members that differ.
    pub differences: Vec<Difference>,
}

/// One member of a record that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its path: `data.decision`.
    pub member: String,
    /// What is recorded; null where it is not there.
    pub recorded: Value,
    /// What it has to be; null where it must not be there.
    pub replayed: Value,
}

impl Difference {
    /// No decision can be made again of this: what is recorded as one, and why there is none.
    pub(super) fn instead(recorded: &Value, why: &str) -> Vec<Self> {
        let recorded = recorded["data"]["decision"].clone();
        vec![Self { member: "data.decision".to_owned(), recorded, replayed: json!(why) }]
    }

    /// What two records differ in. Two that are not the same bytes differ in something.
    pub(super) fn between(recorded: &Value, replayed: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        compare("", recorded, replayed, &mut found);
        if found.is_empty() {
            found.push(Self {
                member: String::new(),
                recorded: json!("other bytes"),
                replayed: Value::Null,
            });
        }
        found
    }
}

fn compare(path: &str, recorded: &Value, replayed: &Value, found: &mut Vec<Difference>) {
    if let (Value::Object(ours), Value::Object(theirs)) = (recorded, replayed) {
        return members(path, ours, theirs, found);
    }
    if recorded != replayed {
        let (recorded, replayed) = (recorded.clone(), replayed.clone());
        found.push(Difference { member: path.to_owned(), recorded, replayed });
    }
}

fn members(
    path: &str,
    recorded: &Map<String, Value>,
    replayed: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let only_there = replayed.keys().filter(|name| !recorded.contains_key(*name));
    for name in recorded.keys().chain(only_there) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let of = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
        compare(&path, &of(recorded), &of(replayed), found);
    }
}
