//! Whatever a revocation is by, it stops what it names and nothing else.

use gw_credentials::capability::{
    Capability, Claimed, Claims, Issuer, NewCaveat, attenuate, mint, mint_with_statement,
};
use gw_crypto::keys::SigningKey;
use gw_decision::{Presented, RootKeySecret, Snapshot};
use gw_kernel::Epoch;
use std::sync::Arc;

use crate::{ROOT, answer, ask, capability, claims, id, now, presented, snapshot};

fn statement_key() -> SigningKey {
    SigningKey::from_seed([8; 32])
}

/// A tenant whose root key comes with a statement key.
fn stating() -> Snapshot {
    let mut snapshot = snapshot();
    let key = RootKeySecret::new(id(1), ROOT.into()).stating(Some(statement_key().public()));
    snapshot.root_keys.insert(id(1), Arc::new(key));
    snapshot
}

fn minted_at(epoch: i64, sub: &str) -> Presented {
    let issuer = Issuer { kid: id(1), root_key: &ROOT, statement_key: &statement_key() };
    let claims = Claims { sub: sub.to_owned(), ..claims() };
    let claimed = Claimed { minted_at: Some(Epoch(epoch)), step_up_at: None };
    presented(mint_with_statement(&issuer, &claims, &[], claimed))
}

#[test]
fn a_subject_is_refused_what_was_minted_until_then() {
    let mut snapshot = stating();
    snapshot.revocations.subjects.insert("agent-x".to_owned(), Epoch(5));
    for (epoch, sub, expected) in [
        (4, "agent-x", "block credential.revoked"),
        (5, "agent-x", "block credential.revoked"),
        (6, "agent-x", "allow ok"),
        (4, "agent-y", "allow ok"),
    ] {
        assert_eq!(answer(&ask(&snapshot, minted_at(epoch, sub))), expected, "{epoch} {sub}");
    }
    let unstated = presented(mint(&ROOT, &claims(), &[], id(1)));
    assert_eq!(answer(&ask(&snapshot, unstated)), "block credential.revoked");
}

#[test]
fn a_hop_takes_its_descendants_along_and_leaves_its_siblings() {
    let root = mint(&ROOT, &claims(), &[NewCaveat::AgentLock("agent-x".to_owned())], id(1));
    let child = |calls| attenuate(&root, &[NewCaveat::MaxCalls(calls)]).unwrap();
    let (revoked, sibling) = (child(1), child(2));
    let grandchild = attenuate(&revoked, &[NewCaveat::MaxCalls(3)]).unwrap();
    let hops = Capability::decode(&revoked).unwrap().verify(&ROOT).unwrap().hops;
    let mut snapshot = snapshot();
    snapshot.revocations.hops.insert(hops[1].clone());
    for (token, expected) in [
        (&root, "allow ok"),
        (&sibling, "allow ok"),
        (&revoked, "block credential.revoked"),
        (&grandchild, "block credential.revoked"),
    ] {
        assert_eq!(answer(&ask(&snapshot, presented(token.clone()))), expected);
    }
    snapshot.revocations.hops.insert(hops[0].clone());
    assert_eq!(answer(&ask(&snapshot, presented(root))), "block credential.revoked");
}

#[test]
fn a_root_is_refused_by_its_own_id() {
    let mut snapshot = snapshot();
    snapshot.revocations.roots.insert("leaf".to_owned());
    assert_eq!(answer(&ask(&snapshot, capability(&[]))), "allow ok");
    snapshot.revocations.roots.insert("root".to_owned());
    assert_eq!(answer(&ask(&snapshot, capability(&[]))), "block credential.revoked");
}

#[test]
fn a_root_key_is_accepted_until_its_overlap_ends() {
    let until = |moment| {
        let mut snapshot = snapshot();
        let key = RootKeySecret::new(id(1), ROOT.into()).accepted_until(Some(moment));
        snapshot.root_keys.insert(id(1), Arc::new(key));
        snapshot
    };
    let later = until(now() + chrono::TimeDelta::microseconds(1));
    let outcome = ask(&later, capability(&[]));
    assert_eq!(answer(&outcome), "allow ok");
    assert_eq!(answer(&ask(&until(now()), capability(&[]))), "block credential.signature");
    let crate_token = mint(&ROOT, &claims(), &[], id(1));
    let known = gw_decision::CapabilityToken::new(crate_token).verified_before(outcome.verified);
    let again = ask(&until(now()), Presented::Capability(known));
    assert_eq!(answer(&again), "block credential.signature", "what was known before ends too");
}

/// Revocations of what has ended are forgotten some time: nobody can tell whether they were.
#[test]
fn what_has_ended_is_expired_whether_it_is_revoked_or_not() {
    let mut snapshot = snapshot();
    let ended = || capability(&[NewCaveat::Exp(now().timestamp())]);
    let before = ask(&snapshot, ended());
    snapshot.revocations.jtis.insert("leaf".to_owned());
    let after = ask(&snapshot, ended());
    assert_eq!(
        [answer(&before), answer(&after)],
        ["block credential.expired"; 2].map(str::to_owned)
    );
    assert_eq!(answer(&ask(&snapshot, capability(&[]))), "block credential.revoked");
}
