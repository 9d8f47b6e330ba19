use gw_crypto::checkpoint::{Checkpoint, CheckpointError};
use gw_crypto::keys::SigningKey;
use gw_crypto::merkle::{Batch, Frontier, MerkleError, leaf_hash};
use gw_crypto::note::{Signer, VerifierKey};
use gw_crypto::receipt::{Receipt, ReceiptError};
use proptest::prelude::*;

const ORIGIN: &str = "gatewright.localhost/log/ten_1";

fn record(index: u64) -> Vec<u8> {
    format!("record {index}").into_bytes()
}

/// A log of `size` records, its last `new` of them in one batch, and the receipt of one of those.
fn receipt(size: u64, new: u64, index: u64) -> (Receipt, [VerifierKey; 1]) {
    let mut before = Frontier::empty();
    (0..size - new).for_each(|index| before.push(leaf_hash(&record(index))));
    let leaves = (size - new..size).map(|index| leaf_hash(&record(index))).collect();
    let batch = Batch::new(before, leaves);
    let key = SigningKey::from_seed([1; 32]);
    let log = Signer { name: ORIGIN, key: &key };
    let checkpoint =
        Checkpoint { origin: ORIGIN.to_owned(), size, root: batch.root() }.sign(&[log]);
    (Receipt { index, path: batch.path(index), checkpoint }, [log.verifier_key()])
}

/// The example of the specification, with signatures in full.
#[test]
fn the_specifications_example_is_read() {
    let head = "c2sp.org/tlog-proof@v1\n";
    let extra = "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\n";
    let body = "index 73894\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
        B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\
        EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n\
        RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n\
        AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n\n\
        example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n\
        \u{2014} example.com/fancylog hI2DJwAAAAA=\n";
    let plain = format!("{head}{body}");
    let read: Receipt = plain.parse().unwrap();
    assert_eq!((read.index, read.path.len()), (73_894, 5));
    assert!(read.checkpoint.starts_with("example.com/fancylog\n109482\n"));
    assert_eq!(read.to_string(), plain);
    assert_eq!(Receipt::parse(&format!("{head}{extra}{body}")), Ok(read));
}

#[test]
fn other_texts_are_not_receipts() {
    let good = receipt(8, 8, 5).0.to_string();
    assert!(Receipt::parse(&good).is_ok());
    let hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";
    for bad in [
        good.replacen("@v1", "@v2", 1),
        good.replacen("index 5", "index 05", 1),
        good.replacen("index 5", "index +5", 1),
        good.replacen("index 5", "index -5", 1),
        good.replacen("index 5", "Index 5", 1),
        good.replacen("index 5\n", "", 1),
        good.replacen("index 5\n", "extra !\nindex 5\n", 1),
        good.replacen("index 5\n", "extra AA==\nextra AA==\nindex 5\n", 1),
        good.replacen("index 5\n", "index 5\nAAAA\n", 1),
        good.replacen("index 5\n", "index 5\nnot base64\n", 1),
        good.replacen("index 5\n", &format!("index 5\n{}", hash.repeat(64)), 1),
        good.replacen("index 5\n", "index 5\r\n", 1),
        good.replace("\n\n", "\n"),
        String::new(),
    ] {
        assert!(matches!(Receipt::parse(&bad), Err(ReceiptError::Malformed(_))), "{bad}");
    }
}

#[test]
fn a_receipt_says_what_is_wrong_with_it() {
    let (good, keys) = receipt(8, 4, 5);
    assert_eq!(good.verify(&record(5), &keys).unwrap().size, 8);
    let inclusion = ReceiptError::Inclusion(MerkleError::RootMismatch);
    assert_eq!(good.verify(&record(6), &keys), Err(inclusion));
    let unsigned =
        Receipt { checkpoint: good.checkpoint.replacen("\n8\n", "\n9\n", 1), ..good.clone() };
    let error = unsigned.verify(&record(5), &keys);
    assert!(matches!(error, Err(ReceiptError::Checkpoint(CheckpointError::Note(_)))), "{error:?}");
    let stranger = [VerifierKey::new(ORIGIN, SigningKey::from_seed([2; 32]).public())];
    assert!(good.verify(&record(5), &stranger).is_err());
}

proptest! {
    #[test]
    fn every_receipt_verifies_and_a_flipped_bit_shows(
        old in 0_u64..40, new in 1_u64..40, pick: prop::sample::Index, bit: prop::sample::Index
    ) {
        let index = old + pick.index(usize::try_from(new).unwrap()) as u64;
        let (receipt, keys) = receipt(old + new, new, index);
        let text = receipt.to_string();
        prop_assert_eq!(Receipt::parse(&text), Ok(receipt.clone()));
        prop_assert!(receipt.verify(&record(index), &keys).is_ok());

        let mut flipped = text.into_bytes();
        let bit = bit.index(flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        let holds = String::from_utf8(flipped).is_ok_and(|text| {
            Receipt::parse(&text).is_ok_and(|receipt| receipt.verify(&record(index), &keys).is_ok())
        });
        prop_assert!(!holds);
    }
}
