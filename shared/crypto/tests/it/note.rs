use gw_crypto::checkpoint::{Checkpoint, CheckpointError};
use gw_crypto::keys::SigningKey;
use gw_crypto::note::{Note, NoteError, Signer, VerifierKey, VerifierKeyError, sign};
use proptest::prelude::*;

use super::hash;

/// The example of the format's first implementation: key, seed, text and signed note.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SEED: &str = "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The example of the checkpoint specification.
const SOFA: &str = "example.com/behind-the-sofa\n20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

/// The example of the signed-note specification; its text has an empty line.
const QUASIMODO: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\
    ed è subito sera.\n\n\u{2014} quasimodo.example/salvatore \
    NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

#[test]
fn the_known_note_is_signed_and_verified_to_the_byte() {
    let peter: VerifierKey = PETER.parse().unwrap();
    assert_eq!(peter.to_string(), PETER);
    assert_eq!((peter.name(), peter.key_id()), ("PeterNeumann", 0xc74f_20a3));
    let key = SigningKey::from_seed(hash(SEED));
    let signer = Signer { name: "PeterNeumann", key: &key };
    assert_eq!(signer.verifier_key(), peter);

    let signed = format!("{TEXT}\n{LINE}");
    assert_eq!(sign(TEXT, &[signer]), signed);
    let note = Note::parse(&signed).unwrap();
    assert_eq!(note.text, TEXT);
    assert_eq!(note.verify(std::slice::from_ref(&peter)), Ok(vec![&peter]));
}

#[test]
fn the_specifications_notes_are_read() {
    let note = Note::parse(QUASIMODO).unwrap();
    assert!(note.text.ends_with("sole:\n\ned è subito sera.\n"));
    assert_eq!(note.signatures[0].name, "quasimodo.example/salvatore");
    assert_eq!(note.signatures[0].key_id, 0x367b_a04b);

    let note = Note::parse(SOFA).unwrap();
    let checkpoint = Checkpoint::parse(&note.text).unwrap();
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.body(), note.text);
}

#[test]
fn known_keys_are_checked_and_unknown_ones_ignored() {
    let (log, gate, other) = (
        SigningKey::from_seed([1; 32]),
        SigningKey::from_seed([2; 32]),
        SigningKey::from_seed([3; 32]),
    );
    let signers = [Signer { name: "log", key: &log }, Signer { name: "gate", key: &gate }];
    let [log_key, gate_key] = signers.map(|signer| signer.verifier_key());
    let note = Note::parse(&sign("text\n", &signers)).unwrap();

    assert_eq!(note.verify(&[gate_key.clone(), log_key.clone()]), Ok(vec![&log_key, &gate_key]));
    assert_eq!(note.verify(std::slice::from_ref(&gate_key)), Ok(vec![&gate_key]));
    let strangers =
        [VerifierKey::new("log", other.public()), VerifierKey::new("other", log.public())];
    assert_eq!(note.verify(&strangers), Err(NoteError::NoKnownKey));
    assert_eq!(note.verify(&[]), Err(NoteError::NoKnownKey));

    let mut bad = note.clone();
    bad.signatures[1].signature[9] ^= 1;
    assert_eq!(bad.verify(std::slice::from_ref(&log_key)), Ok(vec![&log_key]));
    let both = [log_key, gate_key];
    assert_eq!(bad.verify(&both), Err(NoteError::BadSignature("gate".to_owned())));
    let mut twice = note;
    twice.signatures.extend(twice.signatures.clone());
    assert_eq!(twice.verify(&both).unwrap().len(), 2);
}

#[test]
fn other_texts_are_not_notes() {
    let signed = format!("{TEXT}\n{LINE}");
    for (bad, why) in [
        (TEXT.to_owned(), "no signatures"),
        (format!("{TEXT}\n"), "no signature lines"),
        (format!("{TEXT}{LINE}"), "no empty line"),
        (signed.trim_end().to_owned(), "no newline at the end"),
        (format!("{signed}\n"), "an empty line at the end"),
        (signed.replace('\u{2014}', "-"), "a hyphen"),
        (signed.replace("PeterNeumann", "Peter+Neumann"), "a plus"),
        (signed.replace("PeterNeumann", ""), "no name"),
        (signed.replace("PeterNeumann", "Peter\u{a0}Neumann"), "a Unicode space"),
        (signed.replace("AM=\n", "AM\n"), "no padding"),
        (signed.replace("AM=\n", "AN=\n"), "unused bits"),
        (signed.replace("know", "kn\tow"), "a control character"),
        (signed.replace('\n', "\r\n"), "carriage returns"),
        (format!("{TEXT}\n\u{2014} x AAAAAA==\n"), "a key id alone"),
        (format!("{TEXT}\n{}", LINE.repeat(65)), "too many lines"),
    ] {
        assert!(matches!(Note::parse(&bad), Err(NoteError::Malformed(_))), "{why}");
    }
    assert!(Note::parse(&format!("{TEXT}\n{}", LINE.repeat(16))).is_ok());
}

#[test]
fn other_texts_are_not_verifier_keys() {
    use VerifierKeyError::{Form, KeyId, Name, Type};
    let changed = |from: &str, to: &str| PETER.replacen(from, to, 1).parse::<VerifierKey>();
    assert_eq!(changed("+", " "), Err(KeyId).or(Err(Form)));
    assert_eq!(changed("PeterNeumann", ""), Err(Name));
    assert_eq!(changed("PeterNeumann", "Peter Neumann"), Err(Name));
    assert_eq!(changed("PeterNeumann", "PeterNewmann"), Err(KeyId));
    assert_eq!(changed("c74f20a3", "C74F20A3"), Err(KeyId));
    assert_eq!(changed("c74f20a3", "c74f20a4"), Err(KeyId));
    assert_eq!(changed("+ARpc", "+AhpD"), Err(Type));
    assert_eq!("a+b".parse::<VerifierKey>(), Err(Form));
    assert!("a+00000000+AQ==".parse::<VerifierKey>().is_err());
}

#[test]
fn a_checkpoint_counts_only_under_its_own_logs_key() {
    let (log, gate) = (SigningKey::from_seed([1; 32]), SigningKey::from_seed([2; 32]));
    let checkpoint = Checkpoint { origin: "host/log/ten_1".to_owned(), size: 7, root: [9; 32] };
    let signers =
        [Signer { name: "host/log/ten_1", key: &log }, Signer { name: "host/gates/g", key: &gate }];
    let note = checkpoint.sign(&signers);
    let [log_key, gate_key] = signers.map(|signer| signer.verifier_key());
    let only_gate = Checkpoint::open(&note, std::slice::from_ref(&gate_key));
    assert_eq!(only_gate, Err(CheckpointError::NotByItsLog("host/log/ten_1".to_owned())));
    assert_eq!(Checkpoint::open(&note, &[gate_key, log_key]), Ok(checkpoint));
}

#[test]
fn other_texts_are_not_checkpoints() {
    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let good = format!("origin\n0\n{ROOT}\n");
    assert!(Checkpoint::parse(&good).is_ok());
    assert!(Checkpoint::parse(&format!("{good}an extension\nanother\n")).is_ok());
    for bad in [
        format!("\n0\n{ROOT}\n"),
        format!("origin\n00\n{ROOT}\n"),
        format!("origin\n01\n{ROOT}\n"),
        format!("origin\n+1\n{ROOT}\n"),
        format!("origin\n-1\n{ROOT}\n"),
        format!("origin\n\n{ROOT}\n"),
        format!("origin\n18446744073709551616\n{ROOT}\n"),
        format!("origin\n0\n{ROOT}"),
        format!("origin\n0\n{ROOT}\n\nextension\n"),
        format!("origin\n0\n{}\n", ROOT.trim_end_matches('=')),
        format!("origin\n0\n{}\n", ROOT.replace("I=", "J=")),
        "origin\n0\nAAAA\n".to_owned(),
        "origin\n0\n".to_owned(),
        String::new(),
    ] {
        assert!(matches!(Checkpoint::parse(&bad), Err(CheckpointError::Malformed(_))), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_a_flipped_bit_shows(text in "[^\u{0}-\u{1f}]{0,40}\n", bit: prop::sample::Index) {
        let key = SigningKey::from_seed([5; 32]);
        let signer = Signer { name: "name", key: &key };
        let signed = sign(&text, &[signer]);
        let known = [signer.verifier_key()];
        let note = Note::parse(&signed).unwrap();
        prop_assert_eq!(&note.text, &text);
        prop_assert!(note.verify(&known).is_ok());

        let mut flipped = signed.into_bytes();
        let bit = bit.index(flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        let holds = String::from_utf8(flipped)
            .is_ok_and(|note| Note::parse(&note).is_ok_and(|note| note.verify(&known).is_ok()));
        prop_assert!(!holds);
    }
}
