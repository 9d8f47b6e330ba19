//! Tokens that several programs wrote on.

use chrono::DateTime;

use crate::{CLAIMS, json, signatures, token_signed, tokens, verify};

#[test]
fn other_programs_children_verify_and_mean_what_they_say() {
    for (name, token) in [
        ("root", tokens::ROOT),
        ("python", tokens::PYTHON),
        ("raw", tokens::UTF8),
        ("gateway", tokens::GATEWAY),
        ("mixed", tokens::MIXED),
        ("ten times", tokens::PYTHON_TEN_TIMES),
    ] {
        let verified = verify(token).unwrap_or_else(|code| panic!("{name}: {code}"));
        for tool in tokens::NAMES.iter().filter(|tool| !tool.contains('\\')) {
            let allowed = verified.check_caveats(&crate::asked(tool, DateTime::UNIX_EPOCH));
            assert_eq!(allowed, Ok(()), "{name}: {tool}");
        }
        let other = verified.check_caveats(&crate::asked("read_e", DateTime::UNIX_EPOCH));
        assert_eq!(other.unwrap_err().code, "scope.denied", "{name}");
    }
}

#[test]
fn a_second_round_of_the_sdk_narrows_what_the_first_allowed() {
    let verified = verify(tokens::PYTHON_TWICE).unwrap();
    let allowed = |tool| verified.check_caveats(&crate::asked(tool, DateTime::UNIX_EPOCH)).is_ok();
    assert!(allowed("read_\u{e9}") && allowed("read_<x>"));
    assert!(!allowed("a&b"));
    let limits: Vec<i64> = verified.budgets.iter().map(|budget| budget.limit).collect();
    assert_eq!(limits, [10, 5]);
}

#[test]
fn a_missing_number_of_calls_is_zero() {
    let verified = verify(tokens::MIXED).unwrap();
    let limits: Vec<i64> = verified.budgets.iter().map(|budget| budget.limit).collect();
    assert_eq!(limits, [10, 0]);
}

/// The parent's part of a chain has the same hops in every child, whoever rewrote the token.
#[test]
fn hops_do_not_depend_on_how_the_token_was_rewritten() {
    let root = verify(tokens::ROOT).unwrap().hops;
    for child in [tokens::PYTHON, tokens::UTF8, tokens::GATEWAY, tokens::MIXED] {
        assert_eq!(verify(child).unwrap().hops[..3], root);
    }
}

/// Every spelling of each caveat of a chain, signed in one and received in another.
#[test]
fn a_caveat_is_recognised_in_whatever_spelling_it_arrives() {
    let spellings = [
        "{\"t\":\"tool_allow\",\"tools\":[\"\u{e9}<\u{1f600}\u{2028}\"]}",
        "{\"t\":\"tool_allow\",\"tools\":[\"\u{e9}\\u003c\u{1f600}\\u2028\"]}",
        r#"{"t":"tool_allow","tools":["\u00e9<\ud83d\ude00\u2028"]}"#,
    ];
    let received = [
        "{ \"tools\" : [ \"\u{e9}\\u003C\\uD83D\\uDE00\u{2028}\" ] , \"t\" : \"tool_allow\" }",
        spellings[0],
        spellings[1],
        spellings[2],
    ];
    for signed in spellings {
        for second in spellings {
            let signature = signatures(CLAIMS, &[signed, second])[2];
            for received in received {
                let token = token_signed(CLAIMS, &[received, received], &signature);
                assert!(verify(&token).is_ok(), "{signed} then {second}, received as {received}");
            }
        }
    }
}

/// A spelling that no program is known for verifies as it was received, and only so.
#[test]
fn other_bytes_verify_exactly_as_they_were_signed() {
    let signed = r#"{"tools": ["\u0061"], "t": "tool_allow"}"#;
    let signature = signatures(CLAIMS, &[signed])[1];
    assert!(verify(&token_signed(CLAIMS, &[signed], &signature)).is_ok());
    let rewritten = r#"{"t":"tool_allow","tools":["a"]}"#;
    let token = token_signed(CLAIMS, &[rewritten], &signature);
    assert_eq!(verify(&token), Err("credential.signature"));
}

#[test]
fn the_outer_spelling_and_unknown_members_do_not_matter() {
    let spaced = json(tokens::ROOT).replacen("{\"v\":4,", "{ \"x\" : [ {} ] ,\n \"v\" : 4 , ", 1);
    assert!(verify(&crate::encode(spaced)).is_ok());
}
