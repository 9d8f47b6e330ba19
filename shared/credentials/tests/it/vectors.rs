//! Known answers of the format.

use gw_credentials::capability::{Capability, NewCaveat, attenuate, mint};
use gw_crypto::sha256;
use gw_kernel::RootKeyId;

use crate::{CLAIMS, KEY, claims, encode, json, signatures, token, verify};

const CAVEATS: [&str; 5] = [
    r#"{"t":"agent_lock","agent":"agent-x"}"#,
    r#"{"t":"tool_allow","tools":["read_invoice","read_po"]}"#,
    r#"{"t":"max_calls","max_calls":2}"#,
    r#"{"t":"tool_allow","tools":["read_po"]}"#,
    r#"{"t":"exp","exp":4102444800}"#,
];

const SIGNATURES: [&str; 4] = [
    "cf57b022a0db2381104ec2e932c13feee7b574dadd877c05266af5cadff0b9e9",
    "dd151c345b32f57c7907aedea319ba2ec07f59d2e16615267d6e7ec51e4f25f3",
    "46a6015803e1b3af2aa3bf0142746e4259c5708064622d885d3272ff60c5c42f",
    "5fb80879c52dc0c4acbf832a4c09f44a3e328b78b6dad64321658d4f155e3866",
];

const CHILD: &str = "fccd3f8b4214fd145b1bda17f2f16a1e9353cd679c5ee2bd874ebe549c834215";

const PARENT: &str = "eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcWRHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoiYWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteCJ9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX2ludm9pY2UiLCJyZWFkX3BvIl19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6Mn1dLCJzaWciOiJYN2dJZWNVdHdNU3N2NE1xVEFuMFNqNHlpM2kyMnRaRElXV05UeFZlT0dZIn0";

fn parent_caveats() -> [NewCaveat; 3] {
    [
        NewCaveat::AgentLock("agent-x".to_owned()),
        NewCaveat::ToolAllow(vec!["read_invoice".to_owned(), "read_po".to_owned()]),
        NewCaveat::MaxCalls(2),
    ]
}

#[test]
fn a_chain_has_the_known_signatures() {
    let known: Vec<String> = signatures(CLAIMS, &CAVEATS).iter().map(hex::encode).collect();
    assert_eq!(known[..4], SIGNATURES);
    assert_eq!(known[5], CHILD);
}

#[test]
fn the_known_token_verifies_and_its_hops_are_hashes_of_its_signatures() {
    let verified = verify(PARENT).unwrap();
    assert_eq!(verified.subject, "agent-x");
    assert_eq!(verified.root_id, "AAAAAGdvbGRlbi1qdGktMDE");
    assert_eq!(verified.caveats_raw, CAVEATS[..3]);
    for (hop, signature) in verified.hops.iter().zip(&SIGNATURES[1..]) {
        assert_eq!(*hop, encode(&sha256(hex::decode(signature).unwrap())[..16]));
    }
    assert_eq!(verified.budgets.len(), 1);
    assert_eq!(verified.budgets[0].hop, verified.hops[2]);
    assert_eq!(verified.budgets[0].limit, 2);
}

#[test]
fn minting_writes_the_known_token_and_adds_only_the_key_id() {
    let kid = RootKeyId::at(chrono::DateTime::UNIX_EPOCH, [7; 10]);
    let minted = mint(&KEY, &claims(), &parent_caveats(), kid);
    let known = json(PARENT);
    let with_kid = format!("{},\"kid\":\"{kid}\"}}", known.strip_suffix('}').unwrap());
    assert_eq!(json(&minted), with_kid);
    assert_eq!(Capability::decode(&minted).unwrap().kid, Some(kid.to_string()));
}

#[test]
fn attenuating_leads_to_the_known_child() {
    let child = attenuate(
        PARENT,
        &[NewCaveat::ToolAllow(vec!["read_po".to_owned()]), NewCaveat::Exp(4_102_444_800)],
    )
    .unwrap();
    assert_eq!(verify(&child).unwrap().caveats_raw, CAVEATS);
    assert!(json(&child).contains(&encode(hex::decode(CHILD).unwrap())));
}

#[test]
fn the_known_escapings_have_the_known_signatures_and_verify() {
    for (caveat, signature) in [
        (
            r#"{"t":"tool_allow","tools":["read_\u003cx\u003e"]}"#,
            "a3efbca03a42bd14fecdbf485a6d6a4da8afc90aa2907cfadb37a2fc3e6bdaaf",
        ),
        (
            r#"{"t":"tool_allow","tools":["read_<x>"]}"#,
            "d91cbfcf48a70e228c5476532405cdbedfef617afbee2248650f2f96c3aaf9e1",
        ),
        (
            "{\"t\":\"tool_allow\",\"tools\":[\"read_\u{e9}\"]}",
            "9e9b98114ba96ae33a8c428c387cf7b0fa72566f65b2938278386f869cea5122",
        ),
        (
            r#"{"t":"tool_allow","tools":["read_\u00e9"]}"#,
            "ad1fcd52ab1bd02fa33cdf74e0b812e7da504ac8fc7933728c672f059cc78034",
        ),
    ] {
        let chain = [CAVEATS[0], caveat];
        assert_eq!(hex::encode(signatures(CLAIMS, &chain)[2]), signature, "{caveat}");
        assert!(verify(&token(CLAIMS, &chain)).is_ok(), "{caveat}");
    }
}
