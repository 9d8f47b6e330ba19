use aws_lc_rs::hmac;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A SHA-256 digest (FIPS 180-4).
pub type Hash = [u8; 32];

/// SHA-256 of these bytes.
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> Hash {
    Sha256::digest(bytes.as_ref()).into()
}

/// HMAC-SHA-256 (RFC 2104) of the parts, one after the other. The caller keeps the parts apart.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Hash {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(context.sign().as_ref());
    hash
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
