use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An Ed25519 public key: a canonically encoded point of large order, and never another one.
///
/// Text and JSON: standard base64 with padding, 44 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
#[schema(value_type = String)]
pub struct PublicKey([u8; 32]);

/// Why something is not a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes in strict base64.
    #[error("a public key is 32 bytes in standard base64 with padding")]
    Encoding,
    /// Not a point, not canonically encoded, or of small order.
    #[error("these 32 bytes are no acceptable Ed25519 public key")]
    Point,
    /// Not an OKP Ed25519 signing key.
    #[error("the JWK is not an Ed25519 signing key (RFC 8037)")]
    Jwk,
}

/// A signature that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct SignatureError;

impl PublicKey {
    /// Takes 32 bytes as a key.
    ///
    /// # Errors
    /// [`KeyError::Point`] when they are not a point, not its canonical encoding, or of small
    /// order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Point)?;
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        if canonical && !key.is_weak() { Ok(Self(bytes)) } else { Err(KeyError::Point) }
    }

    /// For a key that was computed from a seed, which is always a good one.
    pub(super) const fn computed(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes (RFC 8032 section 5.1.2).
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads standard base64 with padding.
    ///
    /// # Errors
    /// [`KeyError::Encoding`], or as [`Self::from_bytes`].
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text).map_err(|_| KeyError::Encoding)?;
        Self::from_bytes(bytes.try_into().map_err(|_| KeyError::Encoding)?)
    }

    /// Standard base64 with padding.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The key as a JWK for a JWKS (RFC 7517, RFC 8037).
    #[must_use]
    pub fn to_jwk(&self, kid: &str) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(self.0),
            "kid": kid, "use": "sig", "alg": "EdDSA",
        })
    }

    /// Reads a JWK.
    ///
    /// # Errors
    /// [`KeyError::Jwk`] when it is of another kind, use or algorithm; else as
    /// [`Self::from_bytes`].
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let is = |member: &str, wanted: &[&str]| {
            jwk.get(member).is_some_and(|v| wanted.iter().any(|text| v == text))
        };
        let may = |member: &str, wanted: &[&str]| jwk.get(member).is_none() || is(member, wanted);
        let fits = is("kty", &["OKP"])
            && is("crv", &["Ed25519"])
            && may("use", &["sig"])
            && may("alg", &["EdDSA", "Ed25519"]);
        let x = jwk.get("x").and_then(Value::as_str).filter(|_| fits).ok_or(KeyError::Jwk)?;
        let bytes = URL_SAFE_NO_PAD.decode(x).map_err(|_| KeyError::Jwk)?;
        Self::from_bytes(bytes.try_into().map_err(|_| KeyError::Jwk)?)
    }

    /// Checks a signature, strictly: the equation without cofactor, no small-order or
    /// non-canonical component.
    ///
    /// # Errors
    /// [`SignatureError`] when it does not hold, whatever the reason.
    pub fn verify_strict(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError)?;
        VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &signature))
            .map_err(|_| SignatureError)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_base64(text)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::from_base64(&text)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_base64()
    }
}
