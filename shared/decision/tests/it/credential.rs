//! What is presented, and what is made of it.

use gw_credentials::capability::{Claims, NewCaveat, mint};
use gw_decision::{AccessMode, Presented};

use crate::{
    ROOT, answer, ask, capability, claims, id, now, presented, put_root, snapshot, tenant,
};

fn with_claims(claims: &Claims) -> String {
    answer(&ask(&snapshot(), presented(mint(&ROOT, claims, &[], id(1)))))
}

#[test]
fn a_good_capability_is_allowed_and_named() {
    let outcome = ask(&snapshot(), capability(&[]));
    assert_eq!(answer(&outcome), "allow ok");
    assert_eq!(outcome.access_mode, AccessMode::Credentialed);
    assert_eq!(outcome.agent_id(), Some("agent-x"));
    assert_eq!(outcome.principal().unwrap().root_id, "root");
    assert_eq!(outcome.reason_code(), "ok");
}

#[test]
fn nothing_presented_blocks_under_the_name_that_existing_clients_know() {
    let outcome = ask(&snapshot(), Presented::None);
    assert_eq!(answer(&outcome), "block credential.missing");
    assert_eq!(outcome.reason_code(), "passport_required");
    assert_eq!((outcome.access_mode, outcome.agent_id()), (AccessMode::None, None));
}

#[test]
fn whatever_cannot_be_used_blocks_by_name() {
    let unreadable = ask(&snapshot(), Presented::Unreadable("the credential has no kind"));
    assert_eq!(answer(&unreadable), "block credential.malformed");
    assert_eq!(unreadable.reason, "the credential has no kind");
    assert_eq!(unreadable.reason_code(), "credential.malformed");
    let unsupported = ask(&snapshot(), Presented::Unsupported("jwt".to_owned()));
    assert_eq!(answer(&unsupported), "block credential.unsupported");
    assert!(unsupported.reason.contains("`jwt`"));
    for (token, code) in [
        (String::new(), "block credential.malformed"),
        ("A".repeat(16_385), "block credential.too_large"),
    ] {
        let outcome = ask(&snapshot(), presented(token));
        assert_eq!(answer(&outcome), code);
        assert_eq!((outcome.access_mode, outcome.agent_id()), (AccessMode::None, None));
    }
}

#[test]
fn only_the_tenants_own_key_of_that_id_counts() {
    let other_tenant = Claims { tenant: tenant(2).to_string(), ..claims() };
    assert_eq!(with_claims(&other_tenant), "block credential.wrong_tenant");

    let mut snapshot = snapshot();
    let under = |key: [u8; 32], kid| presented(mint(&key, &claims(), &[], id(kid)));
    assert_eq!(answer(&ask(&snapshot, under([6; 32], 1))), "block credential.signature");
    assert_eq!(answer(&ask(&snapshot, under(ROOT, 2))), "block credential.signature");
    put_root(&mut snapshot, id(2), [6; 32]);
    assert_eq!(answer(&ask(&snapshot, under([6; 32], 2))), "allow ok");
    assert_eq!(answer(&ask(&snapshot, under(ROOT, 2))), "block credential.signature");
}

#[test]
fn a_revoked_capability_blocks_by_its_own_id_and_by_its_roots_and_is_still_named() {
    for jti in ["leaf", "root"] {
        let mut snapshot = snapshot();
        snapshot.revocations.jtis.insert(jti.to_owned());
        let outcome = ask(&snapshot, capability(&[]));
        assert_eq!(answer(&outcome), "block credential.revoked");
        assert_eq!(outcome.agent_id(), Some("agent-x"));
    }
    let mut snapshot = snapshot();
    snapshot.revocations.jtis.insert("another".to_owned());
    assert_eq!(answer(&ask(&snapshot, capability(&[]))), "allow ok");
}

#[test]
fn times_are_judged_to_the_second() {
    let second = now().timestamp();
    let not_before = |nbf| with_claims(&Claims { nbf, ..claims() });
    assert_eq!(not_before(second), "allow ok");
    assert_eq!(not_before(second + 1), "block credential.not_yet_valid");
    let until = |exp| answer(&ask(&snapshot(), capability(&[NewCaveat::Exp(exp)])));
    assert_eq!(until(second + 1), "allow ok");
    assert_eq!(until(second), "block credential.expired");
    assert_eq!(until(0), "block credential.expired");
}

#[test]
fn caveats_cover_the_action() {
    let tools = |tools: &[&str]| tools.iter().map(|tool| (*tool).to_owned()).collect();
    for (caveat, expected) in [
        (NewCaveat::ToolAllow(tools(&["p*"])), "allow ok"),
        (NewCaveat::ToolAllow(tools(&["read"])), "block scope.denied"),
        (NewCaveat::ToolAllow(Vec::new()), "block scope.denied"),
        (NewCaveat::ToolDeny(tools(&["pay"])), "block scope.denied"),
        (NewCaveat::AgentLock("agent-y".to_owned()), "block scope.denied"),
        (NewCaveat::AgentLock("agent-x".to_owned()), "allow ok"),
    ] {
        assert_eq!(answer(&ask(&snapshot(), capability(&[caveat]))), expected);
    }
}
