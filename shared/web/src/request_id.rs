use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use rand::Rng;

/// The header that carries a request's id in both directions.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Names one request in answers and logs.
///
/// The caller's own `X-Request-Id` where it is 1 to 128 visible ASCII characters, else one of
/// ours. Handlers find it in the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id in the headers, or a new one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        headers.get(HEADER).and_then(Self::acceptable).unwrap_or_else(Self::random)
    }

    fn acceptable(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && (1..=128).contains(&text.len())).then(|| Self(text.into()))
    }

    fn random() -> Self {
        let mut bytes = [0u8; 16];
        rand::rng().fill_bytes(&mut bytes);
        Self(format!("req_{}", gw_kernel::base32_encode(&bytes)).into())
    }

    /// The id as a header's value.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(text).unwrap());
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_callers_id_is_kept_if_it_is_fit_to_print() {
        assert_eq!(of(b"abc-123"), "abc-123");
        assert!(of(b"").starts_with("req_"));
        assert!(of(b"two words").starts_with("req_"));
        assert!(of("h\u{e9}".as_bytes()).starts_with("req_"));
        assert_eq!(of(&[b'x'; 128]).len(), 128);
        assert!(of(&[b'x'; 129]).starts_with("req_"));
    }
}
