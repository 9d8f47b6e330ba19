use std::collections::{BTreeMap, HashMap};

use gw_crypto::canonical::to_vec;
use gw_crypto::strict;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

fn text(value: &Value) -> String {
    String::from_utf8(to_vec(value).unwrap()).unwrap()
}

fn canonical(source: &str) -> String {
    text(&serde_json::from_str(source).unwrap())
}

/// RFC 8785 section 3.2.2 to 3.2.4.
#[test]
fn the_rfcs_own_example_comes_out_to_the_byte() {
    let source = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = concat!(
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
        r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    assert_eq!(canonical(source), expected);
}

/// RFC 8785 section 3.2.3: UTF-16 code units, in which a smiley sorts before a Hebrew letter.
#[test]
fn members_are_sorted_by_utf_16_code_units() {
    let source = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
        "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let expected = concat!(
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",",
        "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",",
        "\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    );
    assert_eq!(canonical(source), expected);
}

/// The reference implementation's test data.
#[test]
fn the_reference_test_data_come_out_to_the_byte() {
    let french = r#"{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}"#;
    assert_eq!(canonical(french), french);
    let arrays = canonical(r#"[56, {"d": true, "10": null, "1": []}]"#);
    assert_eq!(arrays, r#"[56,{"1":[],"10":null,"d":true}]"#);
    let nested = r#"{"1": {"f": {"f": "hi","F": 5} ,"\n": 56.0},"10": { },"": "empty","a": { },
        "111": [ {"e": "yes","E": "no" } ],"A": { }}"#;
    let expected = r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#;
    assert_eq!(canonical(nested), expected);
    // Not normalised: A and a combining ring stay two characters.
    assert_eq!(
        canonical(r#"{"Unnormalized Unicode":"A\u030a"}"#),
        "{\"Unnormalized Unicode\":\"A\u{30a}\"}"
    );
    // Nothing is escaped that need not be.
    assert_eq!(text(&json!("</script>\u{7f}\u{2028}")), "\"</script>\u{7f}\u{2028}\"");
}

/// RFC 8785 appendix B.
#[test]
fn numbers_are_written_as_ecmascript_writes_them() {
    let rows: &[(u64, &str)] = &[
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];
    for (bits, expected) in rows {
        assert_eq!(text(&json!(f64::from_bits(*bits))), *expected, "{bits:x}");
    }
}

#[test]
fn integers_are_exact_as_far_as_doubles_are() {
    assert_eq!(text(&json!([0, -1, 9_007_199_254_740_992_u64])), "[0,-1,9007199254740992]");
    assert_eq!(text(&json!(9_007_199_254_740_993_u64)), "9007199254740992");
    assert_eq!(text(&json!(i64::MIN)), "-9223372036854776000");
    let names = BTreeMap::from([(u64::MAX, 1), (9, 2), (10, 3)]);
    let written = String::from_utf8(to_vec(&names).unwrap()).unwrap();
    assert_eq!(written, r#"{"10":3,"18446744073709551615":1,"9":2}"#);
}

#[test]
fn what_is_not_json_is_refused_and_raw_json_is_respelled() {
    assert!(to_vec(&HashMap::from([(vec![1], 1)])).is_err());
    let raw = RawValue::from_string(r#"{ "b": 1.0, "a": "\u00e9" }"#.to_owned()).unwrap();
    assert_eq!(to_vec(&[raw]).unwrap(), r#"[{"a":"é","b":1}]"#.as_bytes());
}

/// Any JSON value, with names that differ in all the ways in which orders can differ.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-c]{0,2}",
        "[\u{0}-\u{7f}]{0,3}",
        "[a\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,3}",
        ".{0,4}"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn another_implementation_writes_the_same(value in any_json()) {
        prop_assert_eq!(to_vec(&value).unwrap(), serde_jcs::to_vec(&value).unwrap());
    }

    #[test]
    fn writing_what_was_read_changes_nothing(value in any_json()) {
        let written = to_vec(&value).unwrap();
        match strict::parse(&written, 16) {
            Ok(read) => prop_assert_eq!(to_vec(&read).unwrap(), written),
            Err(error) => prop_assert_eq!(error, strict::StrictJsonError::Nul),
        }
    }
}
