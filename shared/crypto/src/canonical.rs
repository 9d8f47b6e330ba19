//! JSON with one spelling (RFC 8785): what is signed, hashed or compared is written by this.
//!
//! Written straight into one buffer, because every decision's record passes here: an object's
//! members are put down as they come and sorted in place at its end, which finds them in order
//! already where they come from a sorted map.

mod formatter;
mod text;

use serde::Serialize;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
#[error("the value has no canonical JSON form: {0}")]
pub struct CanonicalError(#[from] serde_json::Error);

/// Writes a value in the form of RFC 8785, as UTF-8.
///
/// Numbers are what the RFC takes them for, IEEE 754 doubles: an integer beyond 2^53 becomes the
/// nearest one. A float that is not finite, which JSON has no number for, is `null`.
///
/// # Errors
/// When the value is not JSON: a map whose keys are not text, or a type that refuses.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut text = text::Text::default();
    formatter::append(&mut text, value)?;
    Ok(text.into_bytes())
}
