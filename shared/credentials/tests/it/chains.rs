//! Nobody widens a capability.

use gw_credentials::capability::{Capability, NewCaveat, attenuate, mint};
use gw_kernel::RootKeyId;
use proptest::prelude::*;

use crate::{CLAIMS, KEY, claims, encode, json, signatures, token, token_signed, verify};

fn caveat() -> impl Strategy<Value = NewCaveat> {
    let name =
        prop::sample::select(vec!["read", "read_\u{e9}", "a<b>&c", "\u{1f600}", "*", "l\u{2029}"]);
    let names = prop::collection::vec(name.prop_map(ToOwned::to_owned), 0..4);
    prop_oneof![
        names.clone().prop_map(NewCaveat::ToolAllow),
        names.prop_map(NewCaveat::ToolDeny),
        (0..20_i64).prop_map(NewCaveat::MaxCalls),
        (0..i64::MAX).prop_map(NewCaveat::Exp),
        Just(NewCaveat::AgentLock("agent-x".to_owned())),
    ]
}

/// One way to try to get more out of a token than it gives.
#[derive(Debug, Clone)]
enum Tampering {
    Drop(prop::sample::Index),
    DropAll,
    Duplicate(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Replace(prop::sample::Index, NewCaveat),
    Insert(prop::sample::Index, NewCaveat),
    Claim(&'static str, &'static str),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let at = any::<prop::sample::Index>;
    let claim = prop::sample::select(vec![
        ("\"tenant\":\"acme\"", "\"tenant\":\"other\""),
        ("\"sub\":\"agent-x\"", "\"sub\":\"agent-y\""),
        ("\"zone\":\"default\"", "\"zone\":\"x\""),
        ("\"iss\":\"intentgate\"", "\"iss\":\"x\""),
        ("\"iat\":1700000000", "\"iat\":1700000001"),
        ("\"iat\"", "\"nbf\":1,\"iat\""),
        ("\"jti\":\"AAAA", "\"jti\":\"AAAB"),
        ("\"root_jti\":\"AAAA", "\"root_jti\":\"AAAB"),
    ]);
    prop_oneof![
        at().prop_map(Tampering::Drop),
        Just(Tampering::DropAll),
        at().prop_map(Tampering::Duplicate),
        (at(), at()).prop_map(|(a, b)| Tampering::Swap(a, b)),
        (at(), caveat()).prop_map(|(at, caveat)| Tampering::Replace(at, caveat)),
        (at(), caveat()).prop_map(|(at, caveat)| Tampering::Insert(at, caveat)),
        claim.prop_map(|(from, to)| Tampering::Claim(from, to)),
    ]
}

/// A caveat's JSON, taken from a token that holds it alone.
fn text(caveat: &NewCaveat) -> String {
    let token = attenuate(&token(CLAIMS, &[]), std::slice::from_ref(caveat)).unwrap();
    Capability::decode(&token).unwrap().caveats[0].raw.clone()
}

/// The token's JSON after the tampering; nothing where it would change nothing.
fn tamper(token: &str, tampering: &Tampering) -> Option<String> {
    let raw: Vec<String> =
        Capability::decode(token).unwrap().caveats.into_iter().map(|caveat| caveat.raw).collect();
    let mut caveats = raw.clone();
    let index = |at: &prop::sample::Index| at.index(raw.len());
    match tampering {
        Tampering::Claim(from, to) => return Some(json(token).replacen(from, to, 1)),
        Tampering::DropAll => caveats.clear(),
        Tampering::Drop(at) => drop(caveats.remove(index(at))),
        Tampering::Duplicate(at) => caveats.insert(index(at), raw[index(at)].clone()),
        Tampering::Swap(a, b) => caveats.swap(index(a), index(b)),
        Tampering::Replace(at, caveat) => caveats[index(at)] = text(caveat),
        Tampering::Insert(at, caveat) => caveats.insert(index(at), text(caveat)),
    }
    let list = |caveats: &[String]| format!("[{}]", caveats.join(","));
    (caveats != raw).then(|| json(token).replacen(&list(&raw), &list(&caveats), 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_chain_verifies_and_its_tampered_copy_does_not(
        root in prop::collection::vec(caveat(), 1..4),
        children in prop::collection::vec(prop::collection::vec(caveat(), 0..3), 0..4),
        tampering in tampering(),
    ) {
        let mut token = mint(&KEY, &claims(), &root, RootKeyId::at(chrono::DateTime::UNIX_EPOCH, [1; 10]));
        for child in &children {
            let parent = verify(&token).unwrap();
            token = attenuate(&token, child).unwrap();
            let narrowed = verify(&token).unwrap();
            prop_assert_eq!(&narrowed.hops[..parent.hops.len()], &parent.hops[..]);
        }
        if let Some(tampered) = tamper(&token, &tampering) {
            prop_assert_eq!(verify(&encode(tampered)), Err("credential.signature"));
        }
    }

    /// Siblings differ in every hop from their own caveat on.
    #[test]
    fn siblings_have_hops_of_their_own(calls in 0..100_i64) {
        let parent = token(CLAIMS, &[r#"{"t":"max_calls","max_calls":10}"#]);
        let child = |calls| verify(&attenuate(&parent, &[NewCaveat::MaxCalls(calls)]).unwrap()).unwrap();
        let (one, other) = (child(calls), child(calls + 1));
        prop_assert_eq!(&one.hops[0], &other.hops[0]);
        prop_assert_ne!(&one.hops[1], &other.hops[1]);
    }
}

#[test]
fn an_unsigned_extra_member_does_not_pass() {
    let token = token(CLAIMS, &[r#"{"t":"geo","region":"eu"}"#]);
    assert!(verify(&token).is_ok());
    let widened = json(&token).replacen("\"eu\"", "\"eu\",\"also\":\"us\"", 1);
    assert_eq!(verify(&encode(widened)), Err("credential.signature"));
}

#[test]
fn every_bit_of_the_signature_counts() {
    let caveats = [r#"{"t":"max_calls","max_calls":2}"#];
    let signature = signatures(CLAIMS, &caveats)[1];
    for bit in 0..256 {
        let mut flipped = signature;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let token = token_signed(CLAIMS, &caveats, &flipped);
        assert_eq!(verify(&token), Err("credential.signature"), "bit {bit}");
    }
}
