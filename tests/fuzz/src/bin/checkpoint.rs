#![no_main]

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use gw_crypto::{
    checkpoint::Checkpoint,
    note::{Note, VerifierKey},
};
use gw_fuzz::known;
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<VerifierKey>> =
    LazyLock::new(|| vec![known::LOG_KEY.trim().parse().expect("the log's key")]);
static SIGNED: LazyLock<Vec<Checkpoint>> = LazyLock::new(|| {
    known::notes().map(|note| Checkpoint::open(note, &KEYS).expect("a seed")).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.body()), "it prints as something else");
    }
    if let Ok(note) = Note::parse(text) {
        assert_eq!(printed(&note), text, "it prints as something else");
    }
    if let Ok(checkpoint) = Checkpoint::open(text, &KEYS) {
        assert!(SIGNED.contains(&checkpoint), "forged: {checkpoint:?}");
    }
});

fn printed(note: &Note) -> String {
    let mut text = format!("{}\n", note.text);
    for line in &note.signatures {
        let bytes = [&line.key_id.to_be_bytes()[..], &line.signature].concat();
        text += &format!("\u{2014} {} {}\n", line.name, STANDARD.encode(bytes));
    }
    text
}
