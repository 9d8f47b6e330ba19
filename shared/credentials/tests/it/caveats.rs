//! What each caveat allows.

use chrono::DateTime;

use gw_credentials::capability::{Asked, BudgetKind, Callee};

use crate::{CLAIMS, asked, token, verify};

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
    for name in ["geo", "", "MAX_CALLS", "Mcp_allow", "h\\u00e9"] {
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

#[test]
fn servers_are_names_and_a_tool_stands_behind_a_separator() {
    let allow = r#"{"t":"mcp_allow","servers":["github","db*",""]}"#;
    for (action, allowed) in [
        ("github", true),
        ("github.issues", true),
        ("github:issues", true),
        ("github/issues", true),
        ("githubber", false),
        ("github_issues", false),
        ("GitHub.issues", false),
        ("gitlab.issues", false),
        ("dbx", false),
        ("db*", true),
        (".issues", false),
        ("/issues", false),
    ] {
        assert_eq!(judge(&[allow], action, 0) == "ok", allowed, "{action}");
    }
    let denied = "scope.denied: caveat 0 (mcp_allow): it does not allow `a`";
    assert_eq!(judge(&[r#"{"t":"mcp_allow"}"#], "a", 0), denied);
}

#[test]
fn a_risk_that_is_too_high_or_not_known_denies() {
    let allowed = |caveat: &str, risk_score: Option<f64>| {
        let verified = verify(&token(CLAIMS, &[caveat])).unwrap();
        let asked = Asked { risk_score, ..asked("a", DateTime::UNIX_EPOCH) };
        verified.check_caveats(&asked).is_ok()
    };
    let max = r#"{"t":"risk_max","risk_max":50}"#;
    for (score, expected) in [(0.0, true), (50.0, true), (50.01, false), (-1.0, false)] {
        assert_eq!(allowed(max, Some(score)), expected, "{score}");
    }
    assert!(!allowed(max, Some(f64::NAN)) && !allowed(max, Some(f64::INFINITY)));
    assert!(!allowed(max, None));
    assert!(
        allowed(r#"{"t":"risk_max"}"#, Some(0.0)) && !allowed(r#"{"t":"risk_max"}"#, Some(1.0))
    );
    assert!(allowed(r#"{"t":"risk_max","risk_max":9223372036854775807}"#, Some(1e6)));
}

#[test]
fn every_list_of_callees_must_hold_the_one_that_is_called() {
    let allowed = |caveats: &[&str], callee: Option<Callee<'_>>| {
        let verified = verify(&token(CLAIMS, caveats)).unwrap();
        let asked = Asked { callee, ..asked("agent:b", DateTime::UNIX_EPOCH) };
        verified.check_caveats(&asked).is_ok()
    };
    let callee = |agent, zone| Some(Callee { agent, zone });
    let agents = r#"{"t":"callee_allow","callees":["b","c"]}"#;
    let zones = r#"{"t":"callee_allow","callee_zones":["eu"]}"#;
    let both = r#"{"t":"callee_allow","callees":["b"],"callee_zones":["eu"]}"#;
    assert!(allowed(&[agents], None), "no agent is called");
    assert!(allowed(&[agents], callee(Some("b"), None)));
    assert!(!allowed(&[agents], callee(Some("d"), None)));
    assert!(!allowed(&[agents], callee(None, Some("eu"))));
    assert!(allowed(&[zones], callee(Some("x"), Some("eu"))));
    assert!(!allowed(&[zones], callee(Some("b"), None)));
    assert!(allowed(&[agents, zones], callee(Some("c"), Some("eu"))));
    assert!(!allowed(&[agents, both], callee(Some("c"), Some("eu"))));
    assert!(!allowed(&[r#"{"t":"callee_allow"}"#], callee(Some("b"), Some("eu"))));
}

#[test]
fn what_is_counted_is_named_with_its_own_limit() {
    let caveats = [
        r#"{"t":"rate_limit","rate_per_min":5}"#,
        r#"{"t":"max_cost","max_cents":700}"#,
        r#"{"t":"rate_limit"}"#,
        r#"{"t":"max_calls","max_calls":2}"#,
    ];
    let verified = verify(&token(CLAIMS, &caveats)).unwrap();
    let budgets: Vec<_> =
        verified.budgets.iter().map(|b| (b.kind, b.limit, b.hop.as_str())).collect();
    let hops = &verified.hops;
    assert_eq!(
        budgets,
        [
            (BudgetKind::CallsAMinute, 5, hops[0].as_str()),
            (BudgetKind::Cents, 700, hops[1].as_str()),
            (BudgetKind::CallsAMinute, 0, hops[2].as_str()),
            (BudgetKind::Calls, 2, hops[3].as_str()),
        ]
    );
}

#[test]
fn what_is_not_a_limit_is_no_capability() {
    for caveat in [
        r#"{"t":"rate_limit","rate_per_min":-1}"#,
        r#"{"t":"max_cost","max_cents":1.5}"#,
        r#"{"t":"risk_max","risk_max":"1"}"#,
        r#"{"t":"step_up","step_up_at":-1}"#,
        r#"{"t":"mcp_allow","servers":"a"}"#,
        r#"{"t":"callee_allow","callees":[1]}"#,
        r#"{"t":"mcp_allow","servers":["a"],"tools":["b"]}"#,
        r#"{"t":"rate_limit","rate_per_min":1,"max_calls":1}"#,
    ] {
        assert_eq!(verify(&token(CLAIMS, &[caveat])), Err("credential.malformed"), "{caveat}");
    }
}
