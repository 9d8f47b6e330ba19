//! What is different between two states, as a JSON Patch (RFC 6902).
//!
//! Each step also says what was there before, in a member that the standard has readers ignore. An
//! array is a value: it is replaced as a whole, so that a step says all of it, before and after.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::State;

/// One step of a JSON Patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Step {
    /// `add`, `remove` or `replace`.
    #[schema(value_type = String, pattern = "^(add|remove|replace)$")]
    op: String,
    /// The member, as a JSON pointer (RFC 6901).
    path: String,
    /// What it held before; absent where there was none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// What it holds now; absent where there is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

impl Step {
    fn new(op: &str, path: String, before: Option<&Value>, value: Option<&Value>) -> Self {
        Self { op: op.to_owned(), path, before: before.cloned(), value: value.cloned() }
    }
}

/// The steps that lead from one state to the other, in the order of their members' names.
pub(super) fn diff(before: &State, after: &State) -> Vec<Step> {
    let mut steps = Vec::new();
    members(before, after, "", &mut steps);
    steps
}

fn members(before: &State, after: &State, at: &str, steps: &mut Vec<Step>) {
    for (name, value) in after {
        let path = format!("{at}/{}", escaped(name));
        match before.get(name) {
            None => steps.push(Step::new("add", path, None, Some(value))),
            Some(old) => changed(old, value, path, steps),
        }
    }
    for (name, old) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        steps.push(Step::new("remove", format!("{at}/{}", escaped(name)), Some(old), None));
    }
}

fn changed(old: &Value, new: &Value, path: String, steps: &mut Vec<Step>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => members(old, new, &path, steps),
        _ if old == new => {}
        _ => steps.push(Step::new("replace", path, Some(old), Some(new))),
    }
}

/// RFC 6901 section 3.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps(before: &Value, after: &Value) -> Value {
        let state = |value: &Value| value.as_object().unwrap().clone();
        serde_json::to_value(diff(&state(before), &state(after))).unwrap()
    }

    #[test]
    fn a_step_says_what_was_there_and_what_is() {
        let before =
            json!({"name": "a", "gone": 1, "list": [1, 2], "in": {"x": 1, "y~/": 2}, "n": null});
        let after =
            json!({"name": "b", "new": {}, "list": [2], "in": {"x": 1, "y~/": null}, "n": null});
        assert_eq!(
            steps(&before, &after),
            json!([
                {"op": "replace", "path": "/in/y~0~1", "before": 2, "value": null},
                {"op": "replace", "path": "/list", "before": [1, 2], "value": [2]},
                {"op": "replace", "path": "/name", "before": "a", "value": "b"},
                {"op": "add", "path": "/new", "value": {}},
                {"op": "remove", "path": "/gone", "before": 1},
            ])
        );
        assert_eq!(steps(&after, &after), json!([]));
        let kept: Vec<Step> = serde_json::from_value(steps(&before, &after)).unwrap();
        assert_eq!(serde_json::to_value(kept).unwrap(), steps(&before, &after));
    }

    /// By a library that is none of ours: any reader of RFC 6902 gets from one state to the other.
    #[test]
    fn the_steps_are_a_patch_that_leads_from_one_state_to_the_other() {
        let states = [
            json!({}),
            json!({"a": 1, "b": {"c": [1, {"d": 2}], "e/f": "~"}, "": null}),
            json!({"a": [1], "b": {"c": [{"d": 2}, 1]}, "~1": {"x": {}}}),
            json!({"b": 1, "a": {"a": {"a": {}}}}),
            json!({"b": {}, "a": {"a": {"a": {"/": 1}}}}),
        ];
        for before in &states {
            for after in &states {
                let patch: json_patch::Patch =
                    serde_json::from_value(steps(before, after)).unwrap();
                let mut patched = before.clone();
                json_patch::patch(&mut patched, &patch).unwrap();
                assert_eq!(&patched, after);
            }
        }
    }
}
