use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::SealError;

/// The operator's key, under which the tenants' data keys are sealed.
pub struct RootKey(Zeroizing<[u8; 32]>);

/// A tenant's key, under which its secrets are sealed and from which others are derived.
pub struct DataKey(Zeroizing<[u8; 32]>);

/// Why a text is not a root key. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the root key is 32 bytes, written as standard base64 or as 64 hexadecimal digits")]
pub struct RootKeyError;

impl RootKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads standard base64 with padding, or 64 hexadecimal digits; space around it is ignored.
    ///
    /// # Errors
    /// [`RootKeyError`].
    pub fn parse(text: &str) -> Result<Self, RootKeyError> {
        let text = text.trim();
        let decoded = if text.len() == 64 {
            hex::decode(text).map_err(|_| RootKeyError)?
        } else {
            STANDARD.decode(text).map_err(|_| RootKeyError)?
        };
        let decoded = Zeroizing::new(decoded);
        decoded.as_slice().try_into().map(Self::from_bytes).map_err(|_| RootKeyError)
    }

    /// Tells root keys apart without telling anything about them: eight bytes of a value that is
    /// derived from the key and used for nothing else.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 8] {
        let derived = derive(&self.0, "gatewright root key fingerprint");
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&derived[..8]);
        fingerprint
    }

    /// Seals bytes for one place. The nonce is random, and new each time.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], aad: &str, plain: &[u8]) -> Vec<u8> {
        super::seal(&self.0, nonce, aad, plain)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        super::open(&self.0, aad, sealed)
    }
}

impl DataKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Derives a key of its own for each label (HKDF-SHA256, RFC 5869, without salt).
    #[must_use]
    pub fn derive(&self, label: &str) -> [u8; 32] {
        derive(&self.0, label)
    }

    /// Seals bytes for one place. The nonce is random, and new each time.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], aad: &str, plain: &[u8]) -> Vec<u8> {
        super::seal(&self.0, nonce, aad, plain)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        super::open(&self.0, aad, sealed)
    }
}

#[expect(clippy::expect_used, reason = "refused only past 255 blocks; this is one")]
fn derive(key: &[u8; 32], label: &str) -> [u8; 32] {
    let mut derived = [0; 32];
    Salt::new(HKDF_SHA256, &[])
        .extract(key)
        .expand(&[label.as_bytes()], HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut derived))
        .expect("one block of output");
    derived
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey")
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}
