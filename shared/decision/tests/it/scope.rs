//! What a gate observes, and what caveats make of it.

use gw_credentials::capability::NewCaveat;
use gw_decision::{Question, decide};
use serde_json::{Value, json};

use crate::{answer, capability, now, question, snapshot};

fn judge(caveat: NewCaveat, action: &str, context: Value) -> String {
    let asked = question(capability(&[caveat]));
    let context = Some(context).filter(|context| !context.is_null());
    let asked = Question { action: action.to_owned(), context, ..asked };
    answer(&decide(&snapshot(), &asked, now()).unwrap())
}

const DENIED: &str = "block scope.denied";

#[test]
fn the_risk_is_what_the_gate_says() {
    for (context, expected) in [
        (json!({ "risk_score": 50 }), "allow ok"),
        (json!({ "risk_score": 49.5 }), "allow ok"),
        (json!({ "risk_score": 51 }), DENIED),
        (json!({ "risk_score": "10" }), DENIED),
        (json!({ "risk_score": null }), DENIED),
        (json!({}), DENIED),
        (Value::Null, DENIED),
    ] {
        assert_eq!(judge(NewCaveat::RiskMax(50), "pay", context.clone()), expected, "{context}");
    }
}

#[test]
fn an_agent_is_called_by_the_action_or_by_the_gates_word() {
    let caveat = || NewCaveat::CalleeAllow { callees: vec!["b".to_owned()], zones: Vec::new() };
    for (action, context, expected) in [
        ("pay", Value::Null, "allow ok"),
        ("agent:b", Value::Null, "allow ok"),
        ("agent:c", Value::Null, DENIED),
        ("agent:b", json!({ "callee_agent": "b" }), "allow ok"),
        ("agent:b", json!({ "callee_agent": "c" }), DENIED),
        ("agent:c", json!({ "callee_agent": "b" }), DENIED),
        ("pay", json!({ "callee_agent": "b" }), "allow ok"),
        ("pay", json!({ "callee_agent": "c" }), DENIED),
        ("pay", json!({ "callee_zone": "eu" }), DENIED),
        ("pay", json!({ "callee_agent": 5 }), DENIED),
    ] {
        assert_eq!(judge(caveat(), action, context.clone()), expected, "{action} {context}");
    }
    let zone = || NewCaveat::CalleeAllow { callees: Vec::new(), zones: vec!["eu".to_owned()] };
    assert_eq!(judge(zone(), "agent:b", json!({ "callee_zone": "eu" })), "allow ok");
    assert_eq!(judge(zone(), "agent:b", Value::Null), DENIED);
}
