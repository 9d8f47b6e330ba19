//! Whatever is sent, an answer with a code comes back.

use proptest::prelude::*;

use crate::{CLAIMS, encode, json, token, tokens, verify};

const MALFORMED: &str = "credential.malformed";

/// The known root token's JSON with one text replaced.
fn edited(from: &str, to: &str) -> String {
    let json = json(&token(CLAIMS, &[r#"{"t":"max_calls","max_calls":2}"#]));
    assert!(json.contains(from), "{from} is not in {json}");
    encode(json.replacen(from, to, 1))
}

#[test]
fn what_is_not_exactly_a_capability_is_malformed() {
    for (what, token) in [
        ("empty", String::new()),
        ("not base64url", "****".to_owned()),
        ("padded", encode("{}") + "="),
        ("standard alphabet", "+/+/".to_owned()),
        ("not UTF-8", encode([0x7b, 0xff, 0x7d])),
        ("not an object", encode("[]")),
        ("no claims", encode("{}")),
        ("trailing data", encode(json(tokens::ROOT) + "{}")),
        ("byte order mark", encode("\u{feff}".to_owned() + &json(tokens::ROOT))),
        ("deep", encode("[".repeat(10_000))),
        (
            "deep unknown member",
            edited("{\"v\"", &format!("{{\"x\":{}1{},\"v\"", "[".repeat(100), "]".repeat(100))),
        ),
        ("version 3", edited("\"v\":4", "\"v\":3")),
        ("version as float", edited("\"v\":4", "\"v\":4.0")),
        ("version as text", edited("\"v\":4", "\"v\":\"4\"")),
        ("no version", edited("\"v\":4,", "")),
        ("duplicate claim", edited("\"v\":4", "\"v\":4,\"v\":4")),
        ("duplicate caveat member", edited("\"max_calls\":2", "\"max_calls\":2,\"max_calls\":2")),
        ("duplicate by escape", edited("\"max_calls\":2", "\"max_calls\":2,\"max_\\u0063alls\":9")),
        ("duplicate caveats", edited("\"sig\"", "\"cav\":[],\"sig\"")),
        ("NUL in a claim", edited("agent-x", "agent\\u0000x")),
        ("NUL in a name", edited("{\"v\"", "{\"\\u0000\":1,\"v\"")),
        ("lone surrogate", edited("agent-x", "\\ud800")),
        ("empty subject", edited("agent-x", "")),
        ("subject is a number", edited("\"agent-x\"", "7")),
        ("subject is null", edited("\"agent-x\"", "null")),
        ("no tenant", edited("\"tenant\":\"acme\",", "")),
        ("no issued-at", edited(",\"iat\":1700000000", "")),
        ("issued at zero", edited("1700000000", "0")),
        ("issued before 1970", edited("1700000000", "-1")),
        ("issued at a float", edited("1700000000", "1.7e9")),
        ("negative nbf", edited("\"iat\"", "\"nbf\":-1,\"iat\"")),
        ("kid is a number", edited("{\"v\"", "{\"kid\":7,\"v\"")),
        ("cav is null", edited("[{\"t\":\"max_calls\",\"max_calls\":2}]", "null")),
        ("caveat is null", edited("{\"t\":\"max_calls\",\"max_calls\":2}", "null")),
        ("caveat without type", edited("\"t\":\"max_calls\",", "")),
        ("type is a number", edited("\"t\":\"max_calls\"", "\"t\":1")),
        ("calls as float", edited(":2}", ":2.0}")),
        ("calls with exponent", edited(":2}", ":2e0}")),
        ("calls negative", edited(":2}", ":-2}")),
        ("calls beyond 64 bits", edited(":2}", ":9223372036854775808}")),
        ("calls beyond everything", edited(":2}", &format!(":1{}}}", "0".repeat(400)))),
        ("calls as text", edited(":2}", ":\"2\"}")),
        ("calls null", edited(":2}", ":null}")),
        ("unknown caveat member", edited(":2}", ":2,\"note\":\"x\"}")),
        ("member of another type", edited(":2}", ":2,\"exp\":9}")),
        ("case variant", edited(":2}", ":2,\"Max_Calls\":9}")),
        ("signature too short", edited("\"sig\":\"", "\"sig\":\"AAAA\",\"x\":\"")),
        ("signature not base64url", edited("\"sig\":\"", "\"sig\":\"*\",\"x\":\"")),
        ("no signature", edited("\"sig\"", "\"gis\"")),
    ] {
        assert_eq!(verify(&token), Err(MALFORMED), "{what}");
    }
}

#[test]
fn tools_must_be_a_list_of_texts() {
    for tools in ["null", "\"a\"", "{}", "[1]", "[null]", "[[\"a\"]]"] {
        let caveat = format!("{{\"t\":\"tool_allow\",\"tools\":{tools}}}");
        assert_eq!(verify(&token(CLAIMS, &[&caveat])), Err(MALFORMED), "{tools}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_any_cryptography() {
    let bytes = "A".repeat(16_385);
    let chain = [r#"{"t":"exp","exp":1}"#; 65];
    let tools = format!("{{\"t\":\"tool_deny\",\"tools\":[{}\"z\"]}}", "\"a\",".repeat(256));
    for token in [bytes, token(CLAIMS, &chain), token(CLAIMS, &[&tools])] {
        assert_eq!(verify(&token), Err("credential.too_large"));
    }
    assert!(verify(&token(CLAIMS, &chain[1..])).is_ok());
    let tools = tools.replacen("\"a\",", "", 1);
    assert!(verify(&token(CLAIMS, &[&tools])).is_ok());
}

/// A chain of caveats with many spellings and a wrong signature ends after a bounded search.
#[test]
fn a_made_up_token_costs_a_bounded_amount_of_work() {
    let caveat = "{\"t\": \"tool_deny\", \"tools\": [\"\u{e9}<\"]}";
    let token = crate::token_signed(CLAIMS, &[caveat; 64], &[7; 32]);
    assert_eq!(verify(&token), Err("credential.signature"));
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(token in ".{0,300}") {
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&encode(bytes)).is_err());
    }

    #[test]
    fn a_damaged_token_gets_an_answer(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = json(tokens::PYTHON).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = verify(&encode(bytes));
    }
}
