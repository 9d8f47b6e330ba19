//! What was verified before counts for the same bytes under the same key, and for nothing else.

use std::sync::Arc;

use gw_credentials::capability::{NewCaveat, mint};
use gw_decision::{CapabilityToken, Presented, Snapshot, VerifiedCapability};

use crate::{ROOT, answer, ask, claims, id, put_root, snapshot};

fn token(calls: i64) -> CapabilityToken {
    CapabilityToken::new(mint(&ROOT, &claims(), &[NewCaveat::MaxCalls(calls)], id(1)))
}

fn known(snapshot: &Snapshot) -> Arc<VerifiedCapability> {
    ask(snapshot, Presented::Capability(token(1))).verified.unwrap()
}

#[test]
fn the_same_token_is_not_verified_again() {
    let mut snapshot = snapshot();
    let known = known(&snapshot);
    let again = || Presented::Capability(token(1).verified_before(Some(Arc::clone(&known))));
    assert!(Arc::ptr_eq(&ask(&snapshot, again()).verified.unwrap(), &known));

    put_root(&mut snapshot, id(1), ROOT);
    assert!(Arc::ptr_eq(&ask(&snapshot, again()).verified.unwrap(), &known));
}

#[test]
fn it_is_worth_nothing_for_another_token() {
    let snapshot = snapshot();
    let other = token(2).verified_before(Some(known(&snapshot)));
    let outcome = ask(&snapshot, Presented::Capability(other));
    assert_eq!(outcome.principal().unwrap().budgets[0].limit, 2);
    let made_up = CapabilityToken::new("x".to_owned()).verified_before(Some(known(&snapshot)));
    let outcome = ask(&snapshot, Presented::Capability(made_up));
    assert_eq!(answer(&outcome), "block credential.malformed");
}

#[test]
fn it_is_worth_nothing_once_its_root_key_is_gone_or_another() {
    let mut snapshot = snapshot();
    let known = known(&snapshot);
    let again = || Presented::Capability(token(1).verified_before(Some(Arc::clone(&known))));
    put_root(&mut snapshot, id(1), [9; 32]);
    assert_eq!(answer(&ask(&snapshot, again())), "block credential.signature");
    snapshot.root_keys.clear();
    assert_eq!(answer(&ask(&snapshot, again())), "block credential.signature");
}

#[test]
fn revocation_is_judged_every_time() {
    let mut snapshot = snapshot();
    let known = known(&snapshot);
    snapshot.revocations.jtis.insert("root".to_owned());
    let again = Presented::Capability(token(1).verified_before(Some(known)));
    assert_eq!(answer(&ask(&snapshot, again)), "block credential.revoked");
}
