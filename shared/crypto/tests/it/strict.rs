use gw_crypto::strict::{DEEPEST, StrictJsonError, parse, parse_object_raw};
use gw_kernel::Fault;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::canonical::any_json;

fn code(text: impl AsRef<[u8]>) -> Result<Value, &'static str> {
    parse(text.as_ref(), 64).map_err(|error| error.code())
}

#[test]
fn json_is_read() {
    let text = " {\"a\": [1, -2, 2.5e3, true, null, \"\\u00e9\\ud83d\\ude00\"], \"b\": {}} \n";
    let expected = json!({"a": [1, -2, 2500.0, true, null, "é😀"], "b": {}});
    assert_eq!(code(text), Ok(expected));
    assert_eq!(code("18446744073709551615"), Ok(json!(u64::MAX)));
    assert_eq!(code("\"\""), Ok(json!("")));
}

#[test]
fn what_is_not_json_is_malformed() {
    let cases: &[&[u8]] = &[
        b"",
        b" ",
        b"{",
        b"[1,]",
        b"{\"a\":1,}",
        b"{a:1}",
        b"{'a':1}",
        b"01",
        b"+1",
        b"1.",
        b".5",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"tru",
        b"nul",
        b"// c\n1",
        b"1 2",
        b"{} {}",
        b"{}x",
        b"[] ]",
        b"\"\t\"",
        b"\"\n\"",
        b"\"\0\"",
        b"\0",
        b"1\0",
        b"\"\\x\"",
        b"\"\\ud800\"",
        b"\"\\udc00\"",
        b"\"\\ud800\\u0041\"",
        b"\"\xff\"",
        b"\"\xc0\x80\"",
        b"\"\xed\xa0\x80\"",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
        b"{\0}\0",
        b"\x0b1",
        b"\xc2\xa01",
    ];
    for case in cases {
        assert_eq!(code(case), Err("request.malformed"), "{}", case.escape_ascii());
    }
}

#[test]
fn a_member_occurs_once_at_every_depth_however_it_is_spelled() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"\u0061":3}"#,
        r#"[{"x":{"a":{},"a":{}}}]"#,
        r#"{"":1,"":2}"#,
        r#"{"é":1,"\u00e9":2}"#,
    ] {
        assert_eq!(code(text), Err("request.duplicate_member"), "{text}");
    }
    let named = parse(br#"{"a":{"twice":1,"twice":2}}"#, 64);
    assert_eq!(named, Err(StrictJsonError::DuplicateMember("twice".to_owned())));
    assert!(code(r#"[{"a":1},{"a":1},{"A":{"a":1}}]"#).is_ok());
}

#[test]
fn a_nul_is_refused_in_values_and_names() {
    for text in [r#""\u0000""#, r#"["a\u0000b"]"#, r#"{"\u0000":1}"#, r#"{"a":{"b\u0000":1}}"#] {
        assert_eq!(code(text), Err("request.nul"), "{text}");
    }
    assert!(code(r#""\\u0000\u0001""#).is_ok());
}

#[test]
fn nesting_is_limited_and_never_overflows_the_stack() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for limit in [0, 1, 2, 64, DEEPEST, 10_000] {
            let reached = limit.min(DEEPEST);
            let within = parse(nested(open, close, reached).as_bytes(), limit);
            assert!(within.is_ok(), "{limit}");
            for depth in [reached + 1, 10_000] {
                let beyond = parse(nested(open, close, depth).as_bytes(), limit);
                assert_eq!(beyond, Err(StrictJsonError::TooDeep(reached)), "{limit}");
            }
        }
        let megabyte = open.repeat((1 << 20) / open.len());
        assert_eq!(code(&megabyte), Err("request.too_deep"));
    }
}

#[test]
fn raw_members_are_as_they_were_spelled() {
    let text = br#"{ "a" : { "x":1.0 , "y":"\u003c" }, "b": [ 1,2 ] }"#;
    let members = parse_object_raw(text, 64).unwrap();
    assert_eq!(members["a"].get(), r#"{ "x":1.0 , "y":"\u003c" }"#);
    assert_eq!(members["b"].get(), "[ 1,2 ]");
    assert_eq!(members.len(), 2);
    let code = |text: &str| parse_object_raw(text.as_bytes(), 64).map(|_| ()).map_err(|e| e.code());
    assert_eq!(code("[]"), Err("request.malformed"));
    assert_eq!(code(r#"{"a":{"b":1,"b":2}}"#), Err("request.duplicate_member"));
    assert_eq!(code(r#"{"a":1} x"#), Err("request.malformed"));
}

proptest! {
    #[test]
    fn whatever_is_read_means_what_it_means_to_others(bytes: Vec<u8>) {
        if let Ok(value) = parse(&bytes, 64) {
            prop_assert_eq!(value, serde_json::from_slice::<Value>(&bytes).unwrap());
        }
    }

    #[test]
    fn whatever_others_write_is_read_but_for_nul(value in any_json()) {
        match parse(serde_json::to_string_pretty(&value).unwrap().as_bytes(), 16) {
            Ok(read) => prop_assert_eq!(read, value),
            Err(error) => {
                prop_assert_eq!(error, StrictJsonError::Nul);
                prop_assert!(value.to_string().contains("\\u0000"));
            }
        }
    }

    #[test]
    fn a_member_put_in_twice_is_found(value in any_json(), name in "[a-c]{0,2}") {
        let name = Value::from(name);
        let text = format!("[{{{name}:{value},{name}:1}}]");
        prop_assert!(parse(text.as_bytes(), 16).is_err());
    }
}
