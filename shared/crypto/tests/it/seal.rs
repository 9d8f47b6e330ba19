use gw_crypto::seal::{DataKey, RootKey, RootKeyError, SealError};
use proptest::prelude::*;

use super::bytes;

const AAD: &str = "tenant:ten_1:data";

/// The vector of AES-256-GCM with a key and nonce of zeros and sixteen bytes of zeros (the
/// algorithm's submission, test case 14).
#[test]
fn the_known_ciphertext_comes_out() {
    let sealed = RootKey::from_bytes([0; 32]).seal([0; 12], "", &[0; 16]);
    let known = "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919";
    assert_eq!(sealed[..13], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(sealed[13..], bytes(known));
}

/// RFC 5869 test case 3: HKDF-SHA-256 without salt, checked by its own definition for a label.
#[test]
fn derived_keys_differ_by_label_and_key() {
    let key = DataKey::from_bytes([1; 32]);
    let pseudorandom = gw_crypto::hmac_sha256(&[0; 32], &[&[1; 32]]);
    let expected = gw_crypto::hmac_sha256(&pseudorandom, &[b"label", &[1]]);
    assert_eq!(key.derive("label"), expected);
    assert_ne!(key.derive("label"), key.derive("other"));
    assert_ne!(key.derive("label"), DataKey::from_bytes([2; 32]).derive("label"));
}

#[test]
fn a_root_key_is_read_from_base64_or_hexadecimal() {
    let key = RootKey::from_bytes([0xab; 32]);
    let base64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
    for text in [base64, &"ab".repeat(32), &"AB".repeat(32), &format!("{base64}\n")] {
        assert_eq!(RootKey::parse(text).unwrap().fingerprint(), key.fingerprint(), "{text}");
    }
    for text in ["", "ab", &"ab".repeat(31), &"xy".repeat(32), &base64[..43], &base64[4..]] {
        assert_eq!(RootKey::parse(text).err(), Some(RootKeyError), "{text}");
    }
    assert_ne!(key.fingerprint(), RootKey::from_bytes([0xac; 32]).fingerprint());
    assert_ne!(key.fingerprint(), [0xab; 8]);
}

#[test]
fn nothing_secret_is_shown() {
    assert_eq!(format!("{:?}", RootKey::from_bytes([1; 32])), "RootKey");
    assert_eq!(format!("{:?}", DataKey::from_bytes([1; 32])), "DataKey");
}

#[test]
fn sealed_bytes_open_only_under_their_key_and_for_their_place() {
    let key = DataKey::from_bytes([1; 32]);
    let sealed = key.seal([7; 12], AAD, b"secret");
    assert_eq!(*key.open(AAD, &sealed).unwrap(), b"secret");
    assert_eq!(key.open("tenant:ten_2:data", &sealed), Err(SealError::Refused));
    assert_eq!(DataKey::from_bytes([2; 32]).open(AAD, &sealed), Err(SealError::Refused));
    assert_eq!(key.open(AAD, &sealed[..13]), Err(SealError::Refused));
    assert_eq!(key.open(AAD, &sealed[..12]), Err(SealError::Format));
    assert_eq!(key.open(AAD, &[]), Err(SealError::Format));
    let other_version = [&[2], &sealed[1..]].concat();
    assert_eq!(key.open(AAD, &other_version), Err(SealError::Format));
}

proptest! {
    #[test]
    fn what_was_sealed_opens_and_a_flipped_bit_shows(
        key: [u8; 32], nonce: [u8; 12], aad: String, plain: Vec<u8>, bit: prop::sample::Index
    ) {
        let key = RootKey::from_bytes(key);
        let mut sealed = key.seal(nonce, &aad, &plain);
        prop_assert_eq!(&*key.open(&aad, &sealed).unwrap(), &plain);
        let bit = bit.index(sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(key.open(&aad, &sealed).is_err());
    }
}
