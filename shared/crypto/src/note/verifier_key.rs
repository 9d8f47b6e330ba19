use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::keys::{KeyError, PublicKey};

/// Ed25519 in the registry of signature types.
const ED25519: u8 = 0x01;

/// A key that verifies notes, with its name: a `vkey`,
/// `<name>+<key id, 8 hexadecimal digits>+<base64 of 0x01 and the key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key_id: u32,
    key: PublicKey,
}

/// Why a text is not a `vkey`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Not three parts with a `+` between them.
    #[error("a verifier key is `<name>+<8 hexadecimal digits>+<base64>`")]
    Form,
    /// Empty, or with a space or control character.
    #[error("a key's name is not empty and has no spaces")]
    Name,
    /// Another type of key than Ed25519.
    #[error("only Ed25519 verifier keys (type 0x01) are supported")]
    Type,
    /// The key id is not that of this name and key.
    #[error("the key id does not belong to this name and key")]
    KeyId,
    /// The key itself is not acceptable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl VerifierKey {
    /// Names a key, and computes its id.
    #[must_use]
    pub fn new(name: impl Into<String>, key: PublicKey) -> Self {
        let name = name.into();
        let key_id = key_id(&name, &key);
        Self { name, key_id, key }
    }

    /// The name: a log's origin, say.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 of name, newline, type and key.
    #[must_use]
    pub const fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }
}

fn key_id(name: &str, key: &PublicKey) -> u32 {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Whether a text can name a key: not empty, no Unicode spaces, no `+`, no control characters.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = [ED25519; 33];
        typed[1..].copy_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, self.key_id, STANDARD.encode(typed))
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyError::Form);
        };
        if !is_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let typed = STANDARD.decode(key).map_err(|_| VerifierKeyError::Form)?;
        let (kind, bytes) = typed.split_first().ok_or(VerifierKeyError::Form)?;
        if *kind != ED25519 {
            return Err(VerifierKeyError::Type);
        }
        let bytes = bytes.try_into().map_err(|_| KeyError::Encoding)?;
        let key = Self::new(name, PublicKey::from_bytes(bytes)?);
        if format!("{:08x}", key.key_id) == id { Ok(key) } else { Err(VerifierKeyError::KeyId) }
    }
}
