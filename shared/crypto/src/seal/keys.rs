use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::SealError;

/// The operator's key, under which the tenants' data keys are sealed; while it is being replaced,
/// also the one that it replaces.
pub struct RootKey(Pair);

/// A tenant's key, under which its secrets are sealed and from which others are derived; while it
/// is being replaced, also the one that it replaces.
pub struct DataKey(Pair);

/// A key, and the one before it, which opens and does not seal.
struct Pair {
    current: Zeroizing<[u8; 32]>,
    previous: Option<Zeroizing<[u8; 32]>>,
}

impl Pair {
    fn new(bytes: [u8; 32]) -> Self {
        Self { current: Zeroizing::new(bytes), previous: None }
    }

    fn after(self, previous: Self) -> Self {
        Self { previous: Some(previous.current), ..self }
    }

    /// AES-GCM tells which of two keys it was.
    fn open(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        match (super::open(&self.current, aad, sealed), &self.previous) {
            (Err(SealError::Refused), Some(previous)) => super::open(previous, aad, sealed),
            (opened, _) => opened,
        }
    }

    fn reseal(
        &self,
        nonce: [u8; 12],
        aad: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        match super::open(&self.current, aad, sealed) {
            Ok(_) => Ok(None),
            Err(_) => {
                let plain = self.open(aad, sealed)?;
                Ok(Some(super::seal(&self.current, nonce, aad, &plain)))
            }
        }
    }
}

/// Why a text is not a root key. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the root key is 32 bytes, written as standard base64 or as 64 hexadecimal digits")]
pub struct RootKeyError;

impl RootKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Pair::new(bytes))
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
        fingerprint(&self.0.current)
    }

    /// The fingerprint of the key that this one replaces, while it does.
    #[must_use]
    pub fn previous_fingerprint(&self) -> Option<[u8; 8]> {
        self.0.previous.as_deref().map(fingerprint)
    }

    /// This key, replacing another: what was sealed under that one opens as well.
    #[must_use]
    pub fn after(self, previous: Self) -> Self {
        Self(self.0.after(previous.0))
    }

    /// Seals bytes for one place. The nonce is random, and new each time.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], aad: &str, plain: &[u8]) -> Vec<u8> {
        super::seal(&self.0.current, nonce, aad, plain)
    }

    /// Seals as [`Self::seal`], under whichever of the two keys has this fingerprint.
    ///
    /// `None` when neither has: whoever goes by that fingerprint could not open what was sealed.
    #[must_use]
    pub fn seal_as(
        &self,
        installed: [u8; 8],
        nonce: [u8; 12],
        aad: &str,
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        let mut keys = [Some(&self.0.current), self.0.previous.as_ref()].into_iter().flatten();
        let key = keys.find(|key| fingerprint(key) == installed)?;
        Some(super::seal(key, nonce, aad, plain))
    }

    /// Opens what was sealed for this place, under this key or the one that it replaces.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.0.open(aad, sealed)
    }

    /// Seals anew what is sealed under the key that this one replaces; `None` for what is sealed
    /// under this one already.
    ///
    /// # Errors
    /// [`SealError`], when it opens under neither.
    pub fn reseal(
        &self,
        nonce: [u8; 12],
        aad: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        self.0.reseal(nonce, aad, sealed)
    }
}

impl DataKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Pair::new(bytes))
    }

    /// Derives a key of its own for each label (HKDF-SHA256, RFC 5869, without salt).
    #[must_use]
    pub fn derive(&self, label: &str) -> [u8; 32] {
        derive(&self.0.current, label)
    }

    /// This key, replacing another: what was sealed under that one opens as well.
    #[must_use]
    pub fn after(self, previous: Self) -> Self {
        Self(self.0.after(previous.0))
    }

    /// Seals bytes for one place. The nonce is random, and new each time.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], aad: &str, plain: &[u8]) -> Vec<u8> {
        super::seal(&self.0.current, nonce, aad, plain)
    }

    /// Opens what was sealed for this place, under this key or the one that it replaces.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.0.open(aad, sealed)
    }

    /// Seals anew what is sealed under the key that this one replaces; `None` for what is sealed
    /// under this one already.
    ///
    /// # Errors
    /// [`SealError`], when it opens under neither.
    pub fn reseal(
        &self,
        nonce: [u8; 12],
        aad: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        self.0.reseal(nonce, aad, sealed)
    }
}

fn fingerprint(root_key: &[u8; 32]) -> [u8; 8] {
    let derived = derive(root_key, "gatewright root key fingerprint");
    let mut fingerprint = [0; 8];
    fingerprint.copy_from_slice(&derived[..8]);
    fingerprint
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
