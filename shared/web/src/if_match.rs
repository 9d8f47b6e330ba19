use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use gw_kernel::{Fault, FaultKind};
use http::{header, request::Parts};

use crate::{ETag, Mount, Problem, codes};

/// Which version the caller means to change (`If-Match`, RFC 9110 section 13.1.1).
///
/// Extracting it answers 428 where it is missing under `/v1`; clients of the other mounts send
/// none, and change what there is. `Option<IfMatch>` is for what may be done to any version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Option<String>);

/// It is not the version that the caller has read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not the version that `If-Match` names any more")]
pub struct PreconditionFailed;

impl IfMatch {
    /// Holds the change back unless the object is still the one that the caller has read. Call
    /// it with the object's row locked.
    ///
    /// # Errors
    /// 412 `request.precondition_failed`.
    pub fn check(&self, current: &ETag) -> Result<(), PreconditionFailed> {
        let Some(list) = &self.0 else { return Ok(()) };
        let matches = |tag: &str| tag == "*" || tag == current.0;
        let named = list.split(',').any(|tag| matches(tag.trim()));
        if named { Ok(()) } else { Err(PreconditionFailed) }
    }

    /// What the header says, if it is there. Two of them are one list (RFC 9110 section 5.3).
    fn sent(parts: &Parts) -> Option<String> {
        let values = parts.headers.get_all(header::IF_MATCH).iter();
        let texts: Vec<_> = values.map(|value| value.to_str().unwrap_or_default()).collect();
        (!texts.is_empty()).then(|| texts.join(","))
    }
}

impl Fault for PreconditionFailed {
    fn kind(&self) -> FaultKind {
        FaultKind::PreconditionFailed
    }

    fn code(&self) -> &'static str {
        codes::PRECONDITION_FAILED.code
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(mount) = Mount::from_request_parts(parts, state).await;
        let sent = Self::sent(parts);
        if sent.is_none() && mount == Mount::V1 {
            let detail = "say in `If-Match` which version is changed";
            return Err(Problem::new(&codes::PRECONDITION_REQUIRED, detail));
        }
        Ok(Self(sent))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Ok(Self::sent(parts).map(|sent| Self(Some(sent))))
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
        assert!(!check(""));
        assert!(!check(&format!("W/{tag}")));
        assert!(IfMatch(None).check(&tag).is_ok());
    }
}
