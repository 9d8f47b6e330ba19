//! Ed25519 keys (RFC 8032): made from seeds, written as base64 or JWK, verified strictly.

mod public;
mod signing;

pub use public::{KeyError, PublicKey, SignatureError};
pub use signing::SigningKey;
