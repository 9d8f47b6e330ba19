//! JSON with one spelling (RFC 8785): what is signed, hashed or compared is written by this.

use serde::Serialize;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
#[error("the value has no canonical JSON form: {0}")]
pub struct CanonicalError(#[from] serde_json::Error);

/// Writes a value in the form of RFC 8785, as UTF-8.
///
/// # Errors
/// When the value is not JSON: a number that is not finite, or a map whose keys are not text.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_jcs::to_vec(value)?)
}
