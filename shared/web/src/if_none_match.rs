use std::{collections::BTreeMap, convert::Infallible};

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        Object, RefOr, Required, Response, ResponseBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::{ETag, Tagged};

/// Which versions of an object the caller has already (`If-None-Match`, RFC 9110 section 13.1.2).
///
/// A read of one object is answered with 304 and no body where it is one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfNoneMatch(Option<String>);

/// Describes 304, for the reads that may answer it.
#[derive(Debug, Clone, Copy)]
pub struct NotModified;

impl IfNoneMatch {
    /// The answer to a read of this object.
    #[must_use]
    pub const fn tagged<T>(self, object: T) -> Tagged<T> {
        Tagged { object, known: self }
    }

    /// Whether it is one of them. A weak tag is as good: this compares no parts of anything.
    pub(crate) fn names(&self, current: &ETag) -> bool {
        let mut tags = self.0.as_deref().unwrap_or_default().split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let values = parts.headers.get_all(header::IF_NONE_MATCH).iter();
        let texts: Vec<_> = values.map(|value| value.to_str().unwrap_or_default()).collect();
        Ok(Self((!texts.is_empty()).then(|| texts.join(","))))
    }
}

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The `ETag` of what was read before: 304 where it is still the same";
        let parameter = ParameterBuilder::new()
            .name("If-None-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(Object::with_type(Type::String)));
        vec![parameter.build()]
    }
}

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let description = "It is what `If-None-Match` names; there is no body";
        let response = ResponseBuilder::new().description(description).build();
        BTreeMap::from([("304".to_owned(), RefOr::T(response))])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_of_the_versions_that_are_named_is_enough() {
        let tag = ETag::of(&json!({ "a": 1 }));
        let names = |text: &str| IfNoneMatch(Some(text.to_owned())).names(&tag);
        assert!(names(&tag.to_string()));
        assert!(names(&format!("\"x\", W/{tag}")));
        assert!(names("*"));
        assert!(!names("\"x\""));
        assert!(!names(""));
        assert!(!names(tag.to_string().trim_matches('"')));
        assert!(!IfNoneMatch(None).names(&tag));
    }
}
