#![no_main]

use std::sync::LazyLock;

use gw_crypto::{note::VerifierKey, receipt::Receipt};
use gw_fuzz::known;
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<VerifierKey>> =
    LazyLock::new(|| vec![known::LOG_KEY.trim().parse().expect("the log's key")]);
static ISSUED: LazyLock<Vec<Receipt>> =
    LazyLock::new(|| known::RECEIPTS.iter().map(|text| text.parse().expect("a seed")).collect());

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(receipt) = Receipt::parse(text) else { return };
    let printed = receipt.to_string();
    assert_eq!(Receipt::parse(&printed).as_ref(), Ok(&receipt), "it reads as something else");
    if !text.contains("\nextra ") {
        assert_eq!(printed, text, "it prints as something else");
    }
    for (record, issued) in known::RECORDS.iter().zip(&*ISSUED) {
        if receipt.verify(record.as_bytes(), &KEYS).is_ok() {
            assert_eq!(receipt.index, issued.index, "a record at another position");
            let mut other = record.as_bytes().to_vec();
            let at = bytes.len() % other.len();
            other[at] ^= 1;
            assert!(receipt.verify(&other, &KEYS).is_err(), "another record");
        }
    }
    assert!(receipt.verify(bytes, &KEYS).is_err(), "whatever was made up is not in the log");
});
