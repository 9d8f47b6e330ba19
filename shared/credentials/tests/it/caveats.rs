//! What each caveat allows.

use chrono::DateTime;

use crate::{CLAIMS, token, verify};

/// `ok`, or the code and the sentence that the chain denies with.
fn judge(caveats: &[&str], action: &str, now: i64) -> String {
    let verified = verify(&token(CLAIMS, caveats)).unwrap();
    let now = DateTime::from_timestamp(now, 0).unwrap();
    match verified.check_caveats(&asked(action, now)) {
        Ok(()) => "ok".to_owned(),
        Err(denied) => format!("{}: {denied}", denied.code),
    }
}

#[test]
fn agent_lock_admits_its_agent_alone() {
    assert_eq!(judge(&[r#"{"t":"agent_lock","agent":"agent-x"}"#], "a", 0), "ok");
    let denied = "scope.denied: caveat 0 (agent_lock): it is for another agent";
    assert_eq!(judge(&[r#"{"t":"agent_lock","agent":"agent-y"}"#], "a", 0), denied);
    assert_eq!(judge(&[r#"{"t":"agent_lock"}"#], "a", 0), denied);
}

#[test]
fn exp_ends_at_its_second_and_a_missing_one_denies() {
    let exp = [r#"{"t":"exp","exp":100}"#];
    assert_eq!(judge(&exp, "a", 99), "ok");
    let expired = "credential.expired: caveat 0 (exp): the capability has expired";
    assert_eq!(judge(&exp, "a", 100), expired);
    assert_eq!(judge(&[r#"{"t":"exp","exp":9223372036854775807}"#], "a", 4_102_444_800), "ok");
    let missing = "credential.expired: caveat 0 (exp): it names no moment";
    assert_eq!(judge(&[r#"{"t":"exp"}"#], "a", 0), missing);
}

#[test]
fn tools_are_globs_an_empty_list_allows_nothing_and_denial_wins() {
    let allow = r#"{"t":"tool_allow","tools":["read_*","db/?"]}"#;
    let deny = r#"{"t":"tool_deny","tools":["read_secret*"]}"#;
    for (action, allowed) in [
        ("read_po", true),
        ("db/x", true),
        ("db/xy", false),
        ("read_a/b", false),
        ("write", false),
        ("Read_po", false),
        ("read_secrets", false),
    ] {
        assert_eq!(judge(&[allow, deny], action, 0) == "ok", allowed, "{action}");
    }
    assert_ne!(judge(&[r#"{"t":"tool_allow"}"#], "a", 0), "ok");
    assert_ne!(judge(&[r#"{"t":"tool_allow","tools":[]}"#], "a", 0), "ok");
    assert_eq!(judge(&[r#"{"t":"tool_deny"}"#], "a", 0), "ok");
}

#[test]
fn every_caveat_must_agree_and_the_first_that_does_not_is_named() {
    let chain =
        [r#"{"t":"tool_allow","tools":["a","b"]}"#, r#"{"t":"tool_allow","tools":["b","c"]}"#];
    assert_eq!(judge(&chain, "b", 0), "ok");
    let denied = "scope.denied: caveat 1 (tool_allow): it does not allow `a`";
    assert_eq!(judge(&chain, "a", 0), denied);
}

#[test]
fn every_caveat_that_is_not_enforced_is_refused_by_name() {
    for name in [
        "step_up",
        "mcp_allow",
        "callee_allow",
        "rate_limit",
        "max_cost",
        "risk_max",
        "geo",
        "",
        "MAX_CALLS",
        "h\\u00e9",
    ] {
        let caveat = format!(r#"{{"t":"{name}","servers":["x"],"other":{{"a":[1.5,null]}}}}"#);
        let answer = judge(&[&caveat], "a", 0);
        assert!(answer.starts_with("caveat.unsupported: caveat 0 ("), "{answer}");
    }
}

#[test]
fn calls_are_counted_elsewhere() {
    assert_eq!(judge(&[r#"{"t":"max_calls"}"#], "a", 0), "ok");
}

#[test]
fn a_pattern_that_cannot_be_read_denies_whichever_side_it_stands_on() {
    for pattern in ["[read_a", "read_[", "[]", "[z-", "read_a\\\\"] {
        for kind in ["tool_allow", "tool_deny"] {
            let caveat = format!(r#"{{"t":"{kind}","tools":["read_a","{pattern}"]}}"#);
            let denied = judge(&[&caveat], "read_a", 0);
            assert!(denied.starts_with("scope.denied"), "{caveat}: {denied}");
        }
    }
}
