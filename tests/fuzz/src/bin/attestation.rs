#![no_main]

use std::sync::LazyLock;

use gw_fuzz::{
    known,
    verify::{Facts, GateKeys, LogKeys, verify_with},
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static GATES: LazyLock<GateKeys> =
    LazyLock::new(|| GateKeys::parse(known::JWKS.as_bytes()).expect("the gates' keys"));
static LOG: LazyLock<LogKeys> =
    LazyLock::new(|| LogKeys::parse(known::LOG_KEY).expect("the log's key"));
static FACTS: LazyLock<Vec<Facts>> = LazyLock::new(|| {
    let seeds: [&[u8]; 4] = [
        include_bytes!("../../seeds/attestation/batch-allow"),
        include_bytes!("../../seeds/attestation/each-allow"),
        include_bytes!("../../seeds/attestation/each-block"),
        include_bytes!("../../seeds/attestation/later"),
    ];
    seeds.iter().map(|seed| verify_with(seed, &GATES, &LOG).expect("a seed holds")).collect()
});

fuzz_target!(|bytes: &[u8]| {
    drop(GateKeys::parse(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(LogKeys::parse(text));
    }
    let facts = &*FACTS;
    let Ok(proven) = verify_with(bytes, &GATES, &LOG) else { return };
    assert!(facts.iter().any(|known| same(known, &proven)), "forged: {proven:?}");
    let file: Value = serde_json::from_slice(bytes).expect("what is accepted is JSON");
    let record = file.get("attestation").unwrap_or(&file)["attestation_json"].as_str();
    assert!(known::RECORDS.contains(&record.expect("it has a record")), "another record");
});

/// Under an older checkpoint or a newer one, by the record's signature or the checkpoint's: the
/// rest is the record's.
fn same(known: &Facts, proven: &Facts) -> bool {
    let (log_size, signing) = (proven.log_size, proven.signing);
    *proven == Facts { log_size, signing, ..known.clone() }
}
