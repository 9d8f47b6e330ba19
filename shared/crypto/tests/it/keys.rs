use ed25519_dalek::{Signer as _, VerifyingKey};
use gw_crypto::keys::{KeyError, PublicKey, SigningKey};
use gw_crypto::{constant_time_eq, hmac_sha256, sha256};
use proptest::prelude::*;
use serde_json::json;

use super::{bytes, hash};

/// RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
const RFC_8032: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

#[test]
fn the_rfcs_keys_and_signatures_come_out_to_the_byte() {
    for [seed, public, message, signature] in RFC_8032 {
        let key = SigningKey::from_seed(hash(seed));
        assert_eq!(key.public().as_bytes(), &hash(public));
        assert_eq!(key.seed(), &hash(seed));
        assert_eq!(key.sign(&bytes(message)).to_vec(), bytes(signature));
        key.public().verify_strict(&bytes(message), &bytes(signature)).unwrap();
        assert_eq!(PublicKey::from_bytes(hash(public)), Ok(key.public()));
    }
}

/// RFC 8037 appendix A.2.
#[test]
fn a_key_is_written_and_read_as_jwk() {
    let key = SigningKey::from_seed(hash(RFC_8032[0][0])).public();
    let jwk = key.to_jwk("key_1");
    assert_eq!(
        jwk,
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "kid": "key_1", "use": "sig", "alg": "EdDSA"})
    );
    assert_eq!(PublicKey::from_jwk(&jwk), Ok(key));
    for (member, value) in [
        ("kty", json!("EC")),
        ("crv", json!("X25519")),
        ("use", json!("enc")),
        ("alg", json!("RS256")),
        ("x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")),
        ("x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp")),
        ("x", json!(1)),
    ] {
        let mut other = jwk.clone();
        other[member] = value;
        assert_eq!(PublicKey::from_jwk(&other), Err(KeyError::Jwk), "{other}");
    }
}

#[test]
fn base64_has_one_spelling() {
    let key = SigningKey::from_seed([7; 32]).public();
    let text = key.to_base64();
    assert_eq!(serde_json::to_value(key).unwrap(), json!(text));
    assert_eq!(serde_json::from_value::<PublicKey>(json!(text)).unwrap(), key);
    assert_eq!(text.parse(), Ok(key));
    let unpadded = text.trim_end_matches('=');
    for other in [unpadded, &format!("{text}="), &format!(" {text}"), &text[..40], ""] {
        assert_eq!(PublicKey::from_base64(other), Err(KeyError::Encoding), "{other}");
    }
}

#[test]
fn points_of_small_order_are_no_keys() {
    for point in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ] {
        assert_eq!(PublicKey::from_bytes(hash(point)), Err(KeyError::Point), "{point}");
    }
}

/// y + p for a y below 19 fits into 255 bits, and is another spelling of y.
#[test]
fn a_point_has_one_spelling() {
    let mut lenient = 0;
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut spelled = [0xff; 32];
            (spelled[0], spelled[31]) = (low, high);
            lenient +=
                u32::from(VerifyingKey::from_bytes(&spelled).is_ok_and(|key| !key.is_weak()));
            assert_eq!(PublicKey::from_bytes(spelled), Err(KeyError::Point), "{low:x}");
        }
    }
    assert!(lenient > 0, "a lenient reader takes some of these");
}

/// The order of the group, added to the second half of a signature: same equation, other bytes.
#[test]
fn a_signature_has_one_spelling() {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let key = SigningKey::from_seed([1; 32]);
    let mut signature = key.sign(b"message");
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(hash(ORDER)) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    assert!(key.public().verify_strict(b"message", &signature).is_err());
}

#[test]
fn nothing_secret_is_shown() {
    let key = SigningKey::from_seed([1; 32]);
    assert_eq!(format!("{key:?}"), format!("SigningKey(of {})", key.public()));
}

/// FIPS 180-4's `abc`, and RFC 4231 test case 2.
#[test]
fn digests_are_the_known_ones() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), hash(abc));
    let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hmac_sha256(b"Jefe", &[b"what do ya want ", b"", b"for nothing?"]), hash(mac));
    assert!(constant_time_eq(b"ab", b"ab"));
    assert!(!constant_time_eq(b"ab", b"ac"));
    assert!(!constant_time_eq(b"ab", b"a"));
}

proptest! {
    #[test]
    fn both_libraries_sign_alike_and_a_flipped_bit_shows(
        seed: [u8; 32], message: Vec<u8>, bit: prop::sample::Index
    ) {
        let key = SigningKey::from_seed(seed);
        let mut signature = key.sign(&message);
        let other = ed25519_dalek::SigningKey::from_bytes(&seed).sign(&message);
        prop_assert_eq!(signature, other.to_bytes());
        prop_assert!(key.public().verify_strict(&message, &signature).is_ok());
        let bit = bit.index(512);
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(key.public().verify_strict(&message, &signature).is_err());
    }
}
