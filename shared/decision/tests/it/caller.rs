//! Who may ask, and which gate.

use chrono::TimeDelta;
use gw_decision::decide;
use gw_decision::{
    ApiKey, Gate, GateRef, Presented, PresentedCaller, PresentedKey, Question, Snapshot,
    TenantState,
};
use gw_kernel::{Fault as _, GateId, Scope, ScopeSet};

use crate::{SECRET, capability, gate, id, key, now, put_gate, put_key, question, snapshot};

/// `ok`, or the refusal's status and code.
fn admitted(snapshot: &Snapshot, question: &Question) -> String {
    match decide(snapshot, question, now()) {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => format!("{} {}", refusal.kind().status(), refusal.code()),
    }
}

fn with_key(key: ApiKey) -> String {
    let mut snapshot = snapshot();
    put_key(&mut snapshot, key);
    admitted(&snapshot, &question(capability(&[])))
}

fn at_gate(snapshot: &Snapshot, gate: GateRef) -> String {
    admitted(snapshot, &Question { gate, ..question(capability(&[])) })
}

#[test]
fn an_unknown_an_expired_and_a_revoked_key_look_the_same() {
    let unknown = "401 caller.unknown";
    let snapshot = snapshot();
    let asked_with = |key| {
        let caller = PresentedCaller::Key(key);
        admitted(&snapshot, &Question { caller, ..question(Presented::None) })
    };
    assert_eq!(asked_with(PresentedKey { id: id(9), secret_sha256: SECRET }), unknown);
    assert_eq!(asked_with(PresentedKey { id: id(1), secret_sha256: [0; 32] }), unknown);
    assert_eq!(with_key(ApiKey { revoked: true, ..key() }), unknown);
    assert_eq!(with_key(ApiKey { expires_at: Some(now()), ..key() }), unknown);
    let later = now() + TimeDelta::microseconds(1);
    assert_eq!(with_key(ApiKey { expires_at: Some(later), ..key() }), "ok");
}

#[test]
fn what_is_wrong_with_a_key_is_said_before_anything_about_the_tenant() {
    let mut snapshot = snapshot();
    snapshot.tenant_state = TenantState::Suspended;
    assert_eq!(admitted(&snapshot, &question(Presented::None)), "403 tenant.suspended");
    put_key(&mut snapshot, ApiKey { revoked: true, ..key() });
    assert_eq!(admitted(&snapshot, &question(Presented::None)), "401 caller.unknown");
}

#[test]
fn a_key_needs_the_scope_and_the_refusal_names_it() {
    let scopes = |scope: Scope| ApiKey { scopes: [scope].into_iter().collect(), ..key() };
    assert_eq!(with_key(scopes(Scope::All)), "ok");
    assert_eq!(with_key(scopes(Scope::GatesRead)), "403 caller.forbidden");

    let mut snapshot = snapshot();
    put_key(&mut snapshot, ApiKey { scopes: ScopeSet::default(), ..key() });
    let refusal = decide(&snapshot, &question(Presented::None), now()).unwrap_err();
    assert_eq!(refusal.required_scope(), Some(Scope::ChecksWrite));
}

#[test]
fn a_key_may_be_limited_to_gates() {
    let limited =
        |gates: &[GateId]| ApiKey { gates: Some(gates.iter().copied().collect()), ..key() };
    assert_eq!(with_key(limited(&[id(1)])), "ok");
    assert_eq!(with_key(limited(&[id(2)])), "403 caller.forbidden");
    assert_eq!(with_key(limited(&[])), "403 caller.forbidden");
}

#[test]
fn a_gate_is_found_by_id_by_name_or_as_the_default() {
    let mut snapshot = snapshot();
    let of = |snapshot: &Snapshot, text: &str| at_gate(snapshot, GateRef::parse(text));
    assert_eq!(of(&snapshot, &gate(1).id.to_string()), "ok");
    assert_eq!(of(&snapshot, &gate(3).id.to_string()), "404 gate.not_found");
    assert_eq!(of(&snapshot, "gate_two"), "ok");
    assert_eq!(of(&snapshot, "gate_three"), "404 gate.not_found");
    assert_eq!(of(&snapshot, ""), "404 gate.not_found");
    assert_eq!(at_gate(&snapshot, GateRef::Default), "404 gate.not_found");
    snapshot.default_gate = Some(id(2));
    assert_eq!(at_gate(&snapshot, GateRef::Default), "ok");
    put_gate(&mut snapshot, Gate { archived: true, ..gate(1) });
    assert_eq!(of(&snapshot, &gate(1).id.to_string()), "410 gate.archived");
}
