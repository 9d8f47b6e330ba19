//! An agent that asks for itself: known by its capability, and by nothing else.

use gw_contracts::{CallerRef, DecisionRecord};
use gw_credentials::capability::{Claims, NewCaveat, mint};
use gw_decision::{
    Counters, GateRef, Mode, Outcome, Presented, PresentedCaller, Question, Refusal, Snapshot,
    TenantState, authenticate, decide, record, settle,
};
use gw_kernel::Fault as _;

use crate::{
    ROOT, answer, capability, claims, gate, id, now, presented, put_gate, question, snapshot,
};

fn own(credential: Presented) -> Question {
    Question { caller: PresentedCaller::Agent, gate: GateRef::Default, ..question(credential) }
}

fn with_default() -> Snapshot {
    Snapshot { default_gate: Some(id(1)), ..snapshot() }
}

fn ask(snapshot: &Snapshot, credential: Presented) -> Result<Outcome, Refusal> {
    decide(snapshot, &own(credential), now())
}

/// `block <code>`, `allow ok`, or the refusal's code.
fn said(snapshot: &Snapshot, credential: Presented) -> String {
    match ask(snapshot, credential) {
        Ok(outcome) => answer(&outcome),
        Err(refusal) => format!("{} {}", refusal.kind().status(), refusal.code()),
    }
}

#[test]
fn a_capability_is_enough_and_the_record_says_who_asked() {
    let question = own(capability(&[NewCaveat::ToolAllow(vec!["pay".to_owned()])]));
    let outcome = decide(&with_default(), &question, now()).unwrap();
    assert_eq!(answer(&outcome), "allow ok");
    let settled = settle(&mut Counters::default(), outcome, now());
    let bytes = record::build(&settled, &question, id(3), None).unwrap();
    let record: DecisionRecord = serde_json::from_slice(&bytes).unwrap();
    let (kind, credential_id) = ("agent".into(), Some("leaf".into()));
    assert_eq!(record.data.caller, CallerRef { kind, key_id: None, credential_id });
    assert_eq!(record.data.agent_id.as_deref(), Some("agent-x"));
}

#[test]
fn whoever_is_not_known_by_a_signature_is_refused_and_not_blocked() {
    let snapshot = with_default();
    let forged = |key: [u8; 32], claims: &Claims, kid| presented(mint(&key, claims, &[], kid));
    assert_eq!(said(&snapshot, Presented::None), "401 credential.missing");
    assert_eq!(said(&snapshot, Presented::Unreadable("no")), "401 credential.missing");
    assert_eq!(said(&snapshot, presented("x".to_owned())), "401 credential.malformed");
    assert_eq!(said(&snapshot, forged([9; 32], &claims(), id(1))), "401 credential.signature");
    assert_eq!(said(&snapshot, forged(ROOT, &claims(), id(2))), "401 credential.signature");
    let other = Claims { tenant: "ten_other".to_owned(), ..claims() };
    assert_eq!(said(&snapshot, forged(ROOT, &other, id(1))), "401 credential.wrong_tenant");
}

#[test]
fn a_suspended_tenants_agent_and_one_without_a_gate_are_refused() {
    assert_eq!(said(&snapshot(), capability(&[])), "404 gate.not_found");
    let mut snapshot = with_default();
    snapshot.tenant_state = TenantState::Suspended;
    assert_eq!(said(&snapshot, capability(&[])), "403 tenant.suspended");
    assert_eq!(said(&snapshot, Presented::None), "401 credential.missing");
}

#[test]
fn the_agents_own_standing_binds_also_where_a_gate_observes() {
    let mut snapshot = with_default();
    put_gate(&mut snapshot, gw_decision::Gate { mode: Mode::Observe, ..gate(1) });
    let scope = ask(&snapshot, capability(&[NewCaveat::ToolAllow(vec!["read".to_owned()])]));
    assert_eq!(answer(&scope.unwrap()), "allow scope.denied");
    snapshot.revocations.jtis.insert("leaf".to_owned());
    assert_eq!(said(&snapshot, capability(&[])), "block credential.revoked");
    assert_eq!(ask(&snapshot, capability(&[])).unwrap().would, None);

    let by_key = decide(&snapshot, &question(capability(&[])), now()).unwrap();
    assert_eq!(answer(&by_key), "allow credential.revoked", "a key's right is another one");
}

#[test]
fn authentication_asks_who_and_never_what() {
    let mut snapshot = with_default();
    let who = |snapshot: &Snapshot, caveats: &[NewCaveat]| {
        answer(&authenticate(snapshot, &own(capability(caveats)), now()).unwrap())
    };
    let caveats = [NewCaveat::ToolAllow(Vec::new()), NewCaveat::MaxCalls(0)];
    assert_eq!(who(&snapshot, &caveats), "allow ok");
    let asked = authenticate(&snapshot, &own(capability(&caveats)), now()).unwrap();
    assert!(asked.reservations.is_empty());
    assert_eq!(who(&snapshot, &[NewCaveat::Exp(now().timestamp())]), "block credential.expired");
    snapshot.revocations.jtis.insert("root".to_owned());
    assert_eq!(who(&snapshot, &[]), "block credential.revoked");
}
