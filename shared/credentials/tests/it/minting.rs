//! What is minted verifies, and what is appended stays.

use chrono::{DateTime, TimeDelta};
use gw_credentials::capability::{Capability, NewCaveat, attenuate, mint, new_jti};
use gw_kernel::RootKeyId;
use proptest::prelude::*;

use crate::{KEY, claims, encode, json, tokens, verify};

fn kid() -> RootKeyId {
    RootKeyId::at(DateTime::UNIX_EPOCH, [9; 10])
}

fn tools(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_minted_capability_verifies_with_awkward_names_and_is_read_back() {
    let caveats = [
        NewCaveat::AgentLock("agent-x".to_owned()),
        NewCaveat::ToolAllow(tools(&tokens::NAMES)),
        NewCaveat::MaxCalls(i64::MAX),
        NewCaveat::Exp(i64::MAX),
    ];
    let token = mint(&KEY, &claims(), &caveats, kid());
    let verified = verify(&token).unwrap();
    assert_eq!(verified.budgets[0].limit, i64::MAX);
    assert_eq!(Capability::decode(&token).unwrap().claims, claims());
    assert_eq!(Capability::decode(&token).unwrap().kid, Some(kid().to_string()));
    assert_eq!(
        Capability::decode(&token).unwrap().verify(&[1; 32]).unwrap_err().code(),
        "credential.signature"
    );
}

#[test]
fn a_capability_without_caveats_has_no_list_of_them() {
    let token = mint(&KEY, &claims(), &[], kid());
    assert!(!json(&token).contains("cav"));
    assert!(verify(&token).unwrap().hops.is_empty());
}

#[test]
fn empty_values_are_left_out_and_read_as_zero() {
    let caveats = [
        NewCaveat::ToolAllow(Vec::new()),
        NewCaveat::MaxCalls(0),
        NewCaveat::Exp(0),
        NewCaveat::AgentLock(String::new()),
    ];
    let verified = verify(&mint(&KEY, &claims(), &caveats, kid())).unwrap();
    let texts = [
        r#"{"t":"tool_allow"}"#,
        r#"{"t":"max_calls"}"#,
        r#"{"t":"exp"}"#,
        r#"{"t":"agent_lock"}"#,
    ];
    assert_eq!(verified.caveats_raw, texts);
    assert_eq!(verified.budgets[0].limit, 0);
}

#[test]
fn not_before_is_signed_and_kept() {
    let nbf = 1_800_000_000;
    let claims = gw_credentials::capability::Claims { nbf, ..claims() };
    let token = mint(&KEY, &claims, &[], kid());
    let verified = verify(&token).unwrap();
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    assert!(verified.check_started(at(nbf - 1)).is_err());
    assert!(verified.check_started(at(nbf)).is_ok());
    let earlier = json(&token).replace("1800000000", "1700000000");
    assert_eq!(verify(&encode(earlier)), Err("credential.signature"));
}

#[test]
fn attenuating_keeps_members_that_are_not_known_here() {
    let parent = json(tokens::PYTHON).replacen('{', r#"{"st":"\u0061.b", "kid":"rk", "#, 1);
    let child = attenuate(&encode(parent), &[NewCaveat::MaxCalls(1)]).unwrap();
    assert!(json(&child).contains(r#""st":"\u0061.b""#));
    let verified = verify(&child).unwrap();
    assert_eq!(verified.budgets.len(), 3);
    assert_eq!(Capability::decode(&child).unwrap().kid.as_deref(), Some("rk"));
}

#[test]
fn attenuating_does_not_pass_the_caps() {
    let full = vec![NewCaveat::MaxCalls(1); 64];
    let token = mint(&KEY, &claims(), &full, kid());
    let error = attenuate(&token, &[NewCaveat::MaxCalls(1)]).unwrap_err();
    assert_eq!(error.code(), "credential.too_large");
    assert_eq!(attenuate("x", &[]).unwrap_err().code(), "credential.malformed");
}

#[test]
fn an_id_begins_with_the_seconds_it_was_made_in() {
    let moment = DateTime::UNIX_EPOCH + TimeDelta::seconds(0x0102_0304);
    let jti = new_jti(moment, [5; 12]);
    assert_eq!(jti, encode([1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]));
}

proptest! {
    #[test]
    fn any_name_that_is_minted_is_the_name_that_is_allowed(name in "[^\0*?\\[\\\\]{1,40}") {
        let caveats = [NewCaveat::ToolAllow(vec![name.clone()])];
        let verified = verify(&mint(&KEY, &claims(), &caveats, kid())).unwrap();
        prop_assert!(verified.check_caveats(&crate::asked(&name, DateTime::UNIX_EPOCH)).is_ok());
    }
}
