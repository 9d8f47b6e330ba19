//! Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key, bound to a label.
//!
//! Two floors. The root key is the operator's and never in the database; it seals one data key
//! for each tenant. A data key seals that tenant's secrets. What is sealed carries where it
//! belongs as associated data, so that a row moved to another tenant or column does not open.
//! Either floor's key can be replaced: until everything is sealed anew, a key stands together with
//! the one that it replaces.
//!
//! Sealed bytes: a version (1), the 12 bytes of the nonce, the ciphertext, the 16 bytes of the
//! tag. Nonces come from the caller, at random, and never twice under one key.

mod keys;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

pub use keys::{DataKey, RootKey, RootKeyError};

/// Of the key that is derived from a tenant's data key to authenticate a call's arguments (HKDF
/// info). It outlives that data key: whoever replaces one keeps what was derived.
pub const ARGUMENTS_LABEL: &str = "gatewright/check/arguments-hmac/v1";

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// Sealed bytes that do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Shorter than a version and a nonce, or of a version that this release does not know.
    #[error("these are not sealed bytes of a known version")]
    Format,
    /// Sealed under another key or for another place, or changed since.
    #[error("the sealed bytes do not open under this key for this place")]
    Refused,
}

#[expect(clippy::expect_used, reason = "refused only when the key is not 32 bytes long")]
fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 bytes"))
}

#[expect(clippy::expect_used, reason = "refused only past 64 GiB, which fit in no memory here")]
fn seal(key: &[u8; 32], nonce: [u8; NONCE], aad: &str, plain: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(1 + NONCE + plain.len() + AES_256_GCM.tag_len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let tag = cipher(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad.as_bytes()),
            &mut sealed[1 + NONCE..],
        )
        .expect("plaintext of a size that AES-GCM takes");
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

fn open(key: &[u8; 32], aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (version, rest) = sealed.split_first().ok_or(SealError::Format)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Format)?;
    if *version != VERSION {
        return Err(SealError::Format);
    }
    let mut plain = Zeroizing::new(ciphertext.to_vec());
    let length = cipher(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad.as_bytes()), &mut plain)
        .map_err(|_| SealError::Refused)?
        .len();
    plain.truncate(length);
    Ok(plain)
}
