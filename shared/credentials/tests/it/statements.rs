//! What an issuer states, and what a holder cannot state for it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use gw_credentials::capability::{
    Capability, Claimed, Claims, Issuer, NewCaveat, Statement, Verified, attenuate, mint,
    mint_with_statement,
};
use gw_crypto::keys::{PublicKey, SigningKey};
use gw_kernel::{Epoch, RootKeyId};
use serde_json::Value;

use crate::{KEY, claims, encode, json};

fn kid() -> RootKeyId {
    RootKeyId::at(DateTime::UNIX_EPOCH, [9; 10])
}

fn key() -> SigningKey {
    SigningKey::from_seed([5; 32])
}

const CLAIMED: Claimed = Claimed { minted_at: Some(Epoch(41)), step_up_at: Some(1_700_000_000) };

fn minted(claims: &Claims, caveats: &[NewCaveat]) -> String {
    let issuer = Issuer { kid: kid(), root_key: &KEY, statement_key: &key() };
    mint_with_statement(&issuer, claims, caveats, CLAIMED)
}

fn verify(token: &str, key: Option<&PublicKey>) -> Result<Verified, &'static str> {
    let read = Capability::decode(token).unwrap();
    read.verify_with_statement(&KEY, key).map_err(|error| error.code())
}

fn caveats() -> [NewCaveat; 2] {
    [NewCaveat::AgentLock("agent-x".to_owned()), NewCaveat::StepUp(1_700_000_000)]
}

/// The token with another statement, or none.
fn with_statement(token: &str, st: Option<&str>) -> String {
    let mut members: Value = serde_json::from_str(&json(token)).unwrap();
    match st {
        Some(st) => members["st"] = st.into(),
        None => drop(members.as_object_mut().unwrap().remove("st")),
    }
    encode(members.to_string())
}

#[test]
fn an_issuers_claims_survive_attenuation_and_any_jose_reader_finds_them() {
    let public = key().public();
    let token = minted(&claims(), &caveats());
    let child = attenuate(&token, &[NewCaveat::ToolAllow(vec!["r\u{e9}<&>".to_owned()])]).unwrap();
    let grandchild = attenuate(&child, &[NewCaveat::MaxCalls(1)]).unwrap();
    for token in [&token, &child, &grandchild] {
        let verified = verify(token, Some(&public)).unwrap();
        assert_eq!(verified.minted_at, Some(Epoch(41)));
        assert_eq!(verified.step_up_at, Some(1_700_000_000));
        assert_eq!(verify(token, None).unwrap().minted_at, None, "no key, no claim");
    }
    let st = Capability::decode(&token).unwrap().st.unwrap();
    let parts: Vec<&str> = st.split('.').collect();
    let read =
        |part| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let header = read(parts[0]);
    assert_eq!((&header["alg"], &header["typ"]), (&"EdDSA".into(), &"gw-capability+jwt".into()));
    assert_eq!(header["kid"], kid().to_string());
    let stated = read(parts[1]);
    assert_eq!((&stated["jti"], &stated["epoch"]), (&claims().jti.into(), &41.into()));
    assert!(stated.get("nbf").is_none());
    assert_eq!(Statement::verify(&st, &public, &kid().to_string()).unwrap().sub, "agent-x");
}

#[test]
fn a_holder_can_append_step_up_and_gains_nothing() {
    let public = key().public();
    let plain = mint(&KEY, &claims(), &[NewCaveat::AgentLock("agent-x".to_owned())], kid());
    let forged = attenuate(&plain, &[NewCaveat::StepUp(4_000_000_000)]).unwrap();
    assert_eq!(verify(&forged, Some(&public)).unwrap().step_up_at, None);
    let later = attenuate(&minted(&claims(), &caveats()), &[NewCaveat::StepUp(4_000_000_000)]);
    let verified = verify(&later.unwrap(), Some(&public)).unwrap();
    assert_eq!(verified.step_up_at, Some(1_700_000_000), "the issuer's claim alone counts");
}

#[test]
fn a_statement_of_another_capability_is_refused_and_none_claims_nothing() {
    let public = key().public();
    let token = minted(&claims(), &caveats());
    let st = |token: &str| Capability::decode(token).unwrap().st.unwrap();
    let mut others = vec![minted(&claims(), &caveats()[..1])];
    others.push(minted(&Claims { jti: "other".to_owned(), ..claims() }, &caveats()));
    others.push(minted(&Claims { sub: "agent-y".to_owned(), ..claims() }, &caveats()));
    others.push(minted(&Claims { nbf: 1, ..claims() }, &caveats()));
    for other in &others[1..] {
        let swapped = with_statement(&token, Some(&st(other)));
        assert_eq!(verify(&swapped, Some(&public)), Err("credential.signature"));
    }
    // A statement of fewer caveats is of this chain, as far as anybody can tell, and says less.
    assert!(verify(&with_statement(&token, Some(&st(&others[0]))), Some(&public)).is_ok());
    let wider = with_statement(&others[0], Some(&st(&token)));
    assert_eq!(verify(&wider, Some(&public)), Err("credential.signature"));

    let dropped = verify(&with_statement(&token, None), Some(&public)).unwrap();
    assert_eq!((dropped.minted_at, dropped.step_up_at), (None, None));
}

#[test]
fn every_changed_character_of_a_statement_is_refused() {
    let token = minted(&claims(), &caveats());
    let st = Capability::decode(&token).unwrap().st.unwrap();
    for index in 0..st.len() {
        let mut bytes = st.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = with_statement(&token, Some(&String::from_utf8(bytes).unwrap()));
        let answer = verify(&changed, Some(&key().public()));
        assert_eq!(answer, Err("credential.signature"), "{index}");
    }
    for st in ["", ".", "..", "a.b.c", "a.b.c.d"] {
        let changed = with_statement(&token, Some(st));
        assert_eq!(verify(&changed, Some(&key().public())), Err("credential.signature"), "{st}");
    }
    let other = SigningKey::from_seed([6; 32]).public();
    assert_eq!(verify(&token, Some(&other)), Err("credential.signature"));
}
