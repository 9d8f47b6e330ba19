#![no_main]

use gw_crypto::{canonical, strict};
use gw_fuzz::json::shape;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const DEPTH: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let read = serde_json::from_slice::<Value>(bytes).ok();
    let strict = strict::parse(bytes, DEPTH);
    let Some(shape) = shape(bytes) else {
        return assert!(strict.is_err(), "not JSON, and accepted");
    };
    let clean = !shape.duplicates && !shape.nul && shape.depth <= DEPTH;
    assert_eq!(strict.is_ok(), clean, "{shape:?} {strict:?}");
    let Ok(value) = strict else { return };
    assert_eq!(Some(&value), read.as_ref(), "two readers, two meanings");
    if let Ok(once) = canonical::to_vec(&value) {
        let again = strict::parse(&once, DEPTH).expect("the canonical form is strict");
        assert_eq!(canonical::to_vec(&again).ok(), Some(once), "canonical has one form");
    }
});
