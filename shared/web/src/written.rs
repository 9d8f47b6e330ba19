use std::fmt;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use gw_kernel::Epoch;
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use serde::Serialize;
use serde_json::Value;

use crate::{Mount, Problem, codes};

const EPOCH: HeaderName = HeaderName::from_static("gatewright-epoch");

/// Which version of an object it is: a strong entity tag (RFC 9110 section 8.8.3), the first half
/// of the SHA-256 of the object's JSON without `epoch`, so that a write and a later read agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

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
    body: T,
}

impl<T> Written<T> {
    /// 200: something was changed.
    #[must_use]
    pub const fn changed(epoch: Epoch, body: T) -> Self {
        Self { status: StatusCode::OK, epoch, location: None, body }
    }

    /// 201: something was made, and can be read there.
    #[must_use]
    pub fn created(epoch: Epoch, location: impl Into<String>, body: T) -> Self {
        Self { status: StatusCode::CREATED, epoch, location: Some(location.into()), body }
    }
}

impl<T: Serialize> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut value = serde_json::to_value(&self.body).unwrap_or_default();
        let tag = ETag::of_value(&value);
        if let Value::Object(members) = &mut value {
            members.insert("epoch".to_owned(), self.epoch.0.into());
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

/// The answer to a read of one object: the object, and its tag.
#[derive(Debug, Clone)]
pub struct Tagged<T>(pub T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let value = serde_json::to_value(&self.0).unwrap_or_default();
        let tag = ETag::of_value(&value);
        let mut response = axum::Json(value).into_response();
        insert(response.headers_mut(), header::ETAG, &tag.0);
        response
    }
}

fn insert(headers: &mut http::HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// Which version the caller means to change (`If-Match`, RFC 9110 section 13.1.1).
///
/// Extracting it answers 428 where it is missing under `/v1`; clients of the other mounts send
/// none, and change what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Holds the change back unless the object is still the one that the caller has read. Call
    /// it with the object's row locked.
    ///
    /// # Errors
    /// 412 `request.precondition_failed`.
    pub fn check(&self, current: &ETag) -> Result<(), Problem> {
        let Some(list) = &self.0 else { return Ok(()) };
        let matches = |tag: &str| tag == "*" || tag == current.0;
        if list.split(',').any(|tag| matches(tag.trim())) {
            return Ok(());
        }
        let detail = "it is not the version that `If-Match` names any more";
        Err(Problem::new(&codes::PRECONDITION_FAILED, detail))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(mount) = Mount::from_request_parts(parts, state).await;
        let value = parts.headers.get(header::IF_MATCH);
        let text = value.map(|value| value.to_str().unwrap_or_default().to_owned());
        if text.is_none() && mount == Mount::V1 {
            let detail = "say in `If-Match` which version is changed";
            return Err(Problem::new(&codes::PRECONDITION_REQUIRED, detail));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_names_the_version_that_it_read() {
        let tag = ETag::of(&json!({ "a": 1 }));
        let check = |text: &str| IfMatch(Some(text.to_owned())).check(&tag).is_ok();
        assert!(check(&tag.to_string()));
        assert!(check(&format!("\"x\", {tag}")));
        assert!(check("*"));
        assert!(!check("\"x\""));
        assert!(!check(&format!("W/{tag}")));
        assert!(IfMatch(None).check(&tag).is_ok());
    }
}
