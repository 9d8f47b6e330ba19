//! The record's bytes.

use gw_contracts::{AskedGate, DecisionRecord, EntryError, PresentedKind};
use gw_credentials::capability::{Claims, NewCaveat, mint};
use gw_decision::{
    CapabilityToken, Counters, GateRef, Mode, Presented, PresentedCaller, Question, Snapshot,
    decide, record, settle,
};
use gw_kernel::{DecisionId, RootKeyId};
use serde_json::{Value, json};

use crate::{ROOT, capability, claims, id, now, question, snapshot};

fn build(question: &Question) -> Result<Vec<u8>, EntryError> {
    let outcome = decide(&snapshot(), question, now()).unwrap();
    let settled = settle(&mut Counters::default(), outcome, now());
    record::build(&settled, question, id(3), question.arguments.as_ref().map(|_| "aG1hYw=="))
}

#[test]
fn an_allow_names_everything_it_was_decided_from() {
    let question = Question {
        target: Some("account:7".to_owned()),
        context: Some(json!({ "ip": "10.0.0.1", "amount_cents": 5 })),
        arguments: Some(json!({ "secret": "never in the record" })),
        cost_cents: Some(42),
        ..question(capability(&[
            NewCaveat::ToolAllow(vec!["pay".to_owned()]),
            NewCaveat::MaxCalls(2),
        ]))
    };
    let bytes = build(&question).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(!text.contains("never in the record"));
    let record: Value = serde_json::from_str(text).unwrap();
    assert_eq!(gw_crypto::canonical::to_vec(&record).unwrap(), bytes);

    let decision: DecisionId = id(3);
    let hops = record["data"]["principal"]["hops"].clone();
    let limit = format!("calls:{}", hops[1].as_str().unwrap());
    let (tenant, gate) = (snapshot().tenant.to_string(), crate::gate(1).id.to_string());
    assert_eq!(
        record,
        json!({
            "specversion": "1.0",
            "type": "check.decided.v1",
            "id": decision.to_string(),
            "source": format!("/tenants/{tenant}/gates/{gate}"),
            "subject": "agent-x",
            "time": "2027-01-15T08:00:00.123456Z",
            "datacontenttype": "application/json",
            "data": {
                "v": 1,
                "tenant_id": tenant,
                "gate_id": gate,
                "decision": "allow",
                "reason_code": "ok",
                "mode": "enforce",
                "action": "pay",
                "target": "account:7",
                "agent_id": "agent-x",
                "access_mode": "credentialed",
                "principal": {
                    "kind": "capability", "issuer": "acme issuer", "credential_id": "leaf",
                    "root_id": "root", "subject": "agent-x", "hops": hops,
                    "kid": RootKeyId::to_string(&id(1)),
                },
                "inputs": {
                    "now": "2027-01-15T08:00:00.123456Z",
                    "caveats": [
                        r#"{"t":"tool_allow","tools":["pay"]}"#,
                        r#"{"t":"max_calls","max_calls":2}"#,
                    ],
                    "context": { "ip": "10.0.0.1", "amount_cents": 5 },
                    "taken": [{ "limit": limit, "before": 0, "after": 1 }],
                },
                "caller": { "key_id": crate::key().id.to_string(), "kind": "machine" },
                "arguments_hmac": "aG1hYw==",
                "cost_cents": 42,
                "checks": [
                    ["caller", "pass"], ["kill_switch", "not_configured"], ["credential", "pass"],
                    ["possession", "not_configured"], ["catalog", "not_configured"],
                    ["scope", "pass"], ["intent", "not_configured"],
                    ["entitlement", "not_configured"], ["policy", "not_configured"],
                    ["approval", "not_configured"], ["reservation", "pass"],
                ],
                "basis": {
                    "epoch": 7, "engine": "gw-decision/1", "key_id": crate::gate(1).key_id.to_string(),
                },
            },
        })
    );
}

#[test]
fn a_block_without_a_credential_names_nobody() {
    let bytes = build(&question(Presented::None)).unwrap();
    let record: DecisionRecord = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(record.data.decision, "block");
    assert_eq!(record.data.reason_code, "passport_required");
    assert_eq!((record.data.agent_id, record.data.principal), (None, None));
    assert_eq!(record.data.inputs.presented, Some(PresentedKind::None));
    assert_eq!(record.data.checks.last().unwrap().0, "anonymous");
    let envelope: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(envelope.get("subject").is_none());
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let question = question(capability(&[NewCaveat::MaxCalls(2)]));
    assert_eq!(build(&question).unwrap(), build(&question).unwrap());
}

#[test]
fn a_record_that_would_be_too_long_is_refused() {
    let context = Some(json!({ "intent": "x".repeat(60_000) }));
    let question = Question { context, ..question(capability(&[])) };
    assert!(matches!(build(&question), Err(EntryError::TooLarge(_))));
}

#[test]
fn what_was_read_of_a_question_is_pinned() {
    let inputs = |question: &Question| {
        let record: Value = serde_json::from_slice(&build(question).unwrap()).unwrap();
        let DecisionRecord { data, .. } = serde_json::from_value(record).unwrap();
        (data.inputs.gate, data.inputs.presented, data.principal.and_then(|known| known.nbf))
    };
    let token = |text: &str| Presented::Capability(CapabilityToken::new(text.to_owned()));
    for (presented, expected) in [
        (Presented::None, PresentedKind::None),
        (Presented::Unreadable("it is a number"), PresentedKind::Unreadable),
        (Presented::Unsupported("passport".to_owned()), PresentedKind::Unsupported),
        (token("no capability"), PresentedKind::Capability),
    ] {
        assert_eq!(inputs(&question(presented)), (None, Some(expected), None));
    }
    let name = "gate_two".to_owned();
    let named = Question { gate: GateRef::Name(name.clone()), ..question(capability(&[])) };
    assert_eq!(inputs(&named), (Some(AskedGate::Name(name.into())), None, None));
    let claims = Claims { nbf: 7, ..claims() };
    let later = token(&mint(&ROOT, &claims, &[], id(1)));
    assert_eq!(inputs(&question(later)), (None, None, Some(7)));
}

#[test]
fn a_decision_counts_as_what_its_record_says() {
    let allowed = capability(&[NewCaveat::ToolAllow(vec!["pay".to_owned()])]);
    let blocked = capability(&[NewCaveat::ToolAllow(vec!["read".to_owned()])]);
    let mut observing = crate::gate(1);
    observing.mode = Mode::Observe;
    let mut observed = snapshot();
    crate::put_gate(&mut observed, observing);
    let mut seen = Vec::new();
    for snapshot in [snapshot(), observed] {
        let snapshot = Snapshot { default_gate: Some(id(1)), ..snapshot };
        for credential in [&allowed, &blocked] {
            let by_key = question(credential.clone());
            let caller = PresentedCaller::Agent;
            let own = Question { caller, gate: GateRef::Default, ..by_key.clone() };
            for question in [by_key, own] {
                let outcome = decide(&snapshot, &question, now()).unwrap();
                let counted = record::counted(&outcome);
                let settled = settle(&mut Counters::default(), outcome, now());
                let bytes = record::build(&settled, &question, id(3), None).unwrap();
                let record: DecisionRecord = serde_json::from_slice(&bytes).unwrap();
                let caller = record.data.caller;
                let caller = caller.key_id.as_deref().unwrap_or(&caller.kind);
                assert_eq!(counted.caller.to_string(), caller);
                assert_eq!(counted.decision, record.data.decision);
                assert_eq!(counted.gate, record.data.gate_id);
                seen.push(counted);
            }
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 4, "{seen:?}");
}
