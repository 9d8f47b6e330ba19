use gw_kernel::{Fault, FaultKind};
use http::HeaderMap;

/// The header that carries a key.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The header of an answer that was given before.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

/// What a caller calls one request by, so that sending it again does nothing twice: 1 to 256 bytes
/// of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a request has no usable key, though it asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyKeyError {
    /// Text without a character.
    #[error("the idempotency key is empty")]
    Empty,
    /// Longer than [`IdempotencyKey::MAX_BYTES`].
    #[error("an idempotency key may have 256 bytes")]
    TooLong,
    /// Bytes that are not UTF-8.
    #[error("the idempotency key is not UTF-8")]
    NotText,
    /// Two keys for one request.
    #[error("the request names two different idempotency keys")]
    Ambiguous,
}

impl IdempotencyKey {
    /// The longest key, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 256;

    /// Takes a key's text as it is.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        match text.len() {
            0 => Err(IdempotencyKeyError::Empty),
            length if length > Self::MAX_BYTES => Err(IdempotencyKeyError::TooLong),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The key in the header `Idempotency-Key`, if there is one; the same one twice is one.
    ///
    /// # Errors
    /// When there is one that is no key, or more than one.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, IdempotencyKeyError> {
        let mut found = None;
        for value in headers.get_all(IDEMPOTENCY_KEY) {
            let text =
                str::from_utf8(value.as_bytes()).map_err(|_| IdempotencyKeyError::NotText)?;
            found = Self::only(found, Some(Self::parse(text)?))?;
        }
        Ok(found)
    }

    /// The one key of a request that may name it in two places.
    ///
    /// # Errors
    /// When the two differ.
    pub fn only(
        one: Option<Self>,
        other: Option<Self>,
    ) -> Result<Option<Self>, IdempotencyKeyError> {
        match (one, other) {
            (Some(one), Some(other)) if one != other => Err(IdempotencyKeyError::Ambiguous),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Fault for IdempotencyKeyError {
    fn kind(&self) -> FaultKind {
        FaultKind::Malformed
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotText => "request.invalid_value",
            Self::TooLong => "request.too_long",
            Self::Ambiguous => "idempotency.ambiguous",
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> Result<Option<String>, IdempotencyKeyError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        }
        Ok(IdempotencyKey::from_headers(&headers)?.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_key_is_one_text_of_one_to_256_bytes() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[b"k"]), Ok(Some("k".to_owned())));
        assert_eq!(read(&["ключ".as_bytes()]), Ok(Some("ключ".to_owned())));
        assert_eq!(read(&[&[b'k'; 256]]), Ok(Some("k".repeat(256))));
        assert_eq!(read(&[&[b'k'; 257]]), Err(IdempotencyKeyError::TooLong));
        assert_eq!(read(&[b""]), Err(IdempotencyKeyError::Empty));
        assert_eq!(read(&[b"\xff"]), Err(IdempotencyKeyError::NotText));
        assert_eq!(read(&[b"k", b"k"]), Ok(Some("k".to_owned())));
        assert_eq!(read(&[b"k", b"K"]), Err(IdempotencyKeyError::Ambiguous));
    }
}
