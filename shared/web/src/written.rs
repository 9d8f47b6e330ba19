use std::fmt;

use axum::response::{IntoResponse, Response};
use gw_kernel::Epoch;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::IfNoneMatch;

const EPOCH: HeaderName = HeaderName::from_static("gatewright-epoch");

/// Which version of an object it is: a strong entity tag (RFC 9110 section 8.8.3), the first half
/// of the SHA-256 of the object's JSON without `epoch`, so that a write and a later read agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(pub(crate) String);

impl ETag {
    /// The tag of what would be answered.
    #[must_use]
    pub fn of<T: Serialize>(object: &T) -> Self {
        let value = serde_json::to_value(object).unwrap_or_default();
        Self::of_value(&value)
    }

    fn of_value(value: &Value) -> Self {
        let hash = gw_crypto::sha256(value.to_string().as_bytes());
        Self(format!("\"{}\"", hex::encode(&hash[..16])))
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The answer to a write: the object, the epoch that the write made, and the object's tag.
#[derive(Debug, Clone)]
pub struct Written<T> {
    status: StatusCode,
    epoch: Epoch,
    location: Option<String>,
    more: Vec<(&'static str, Value)>,
    body: T,
}

impl<T> Written<T> {
    /// 200: something was changed.
    #[must_use]
    pub const fn changed(epoch: Epoch, body: T) -> Self {
        Self { status: StatusCode::OK, epoch, location: None, more: Vec::new(), body }
    }

    /// 201: something was made, and can be read there.
    #[must_use]
    pub fn created(epoch: Epoch, location: impl Into<String>, body: T) -> Self {
        let (status, location) = (StatusCode::CREATED, Some(location.into()));
        Self { status, epoch, location, more: Vec::new(), body }
    }

    /// With one more member, which says something of the write and nothing of the object: its tag
    /// is the same without.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((name, value.into()));
        self
    }
}

impl<T: Serialize> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut value = serde_json::to_value(&self.body).unwrap_or_default();
        let tag = ETag::of_value(&value);
        if let Value::Object(members) = &mut value {
            members.insert("epoch".to_owned(), self.epoch.0.into());
            members.extend(self.more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let mut response = (self.status, axum::Json(value)).into_response();
        let headers = response.headers_mut();
        headers.insert(EPOCH, HeaderValue::from(self.epoch.0));
        insert(headers, header::ETAG, &tag.0);
        if let Some(location) = &self.location {
            insert(headers, header::LOCATION, location);
        }
        response
    }
}

/// The answer to a read of one object: the object and its tag, or that it is the version that the
/// caller has. [`IfNoneMatch::tagged`] makes it.
#[derive(Debug, Clone)]
pub struct Tagged<T> {
    pub(crate) object: T,
    pub(crate) known: IfNoneMatch,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let value = serde_json::to_value(&self.object).unwrap_or_default();
        let tag = ETag::of_value(&value);
        let mut response = if self.known.names(&tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            axum::Json(value).into_response()
        };
        insert(response.headers_mut(), header::ETAG, &tag.0);
        response
    }
}

fn insert(headers: &mut http::HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}
