use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{Problem, codes};

/// Ids in the path. One that cannot be an id is answered as an unknown one is: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let unknown = |_| Problem::new(&codes::UNKNOWN_ID, "nothing has the id in the path");
        read.map(|axum::extract::Path(ids)| Self(ids)).map_err(unknown)
    }
}

/// Parameters of the query string.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let invalid = |error: axum::extract::rejection::QueryRejection| -> Problem {
            invalid_query(error.body_text())
        };
        read.map(|axum::extract::Query(query)| Self(query)).map_err(invalid)
    }
}

pub(crate) fn invalid_query(detail: impl Into<String>) -> Problem {
    Problem::new(&codes::INVALID_QUERY, detail)
}

/// Under which prefix a gate route was called. Some answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// `/v1`: our own shapes.
    V1,
    /// `/`, `/api` or `/api/v1`: the shapes that compatible clients of the gate API expect.
    Modei,
}

impl Mount {
    /// The mount of a request's path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        if path.starts_with("/v1/") { Self::V1 } else { Self::Modei }
    }

    /// A path without the mount in front of it.
    pub(crate) fn strip(path: &str) -> &str {
        let behind = ["/v1", "/api/v1", "/api"]
            .into_iter()
            .find_map(|mount| path.strip_prefix(mount).filter(|rest| rest.starts_with('/')));
        behind.unwrap_or(path)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Mount {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self::of(uri.path()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_stands_behind_every_mount() {
        for mount in ["", "/v1", "/api", "/api/v1"] {
            assert_eq!(Mount::strip(&format!("{mount}/gates")), "/gates");
        }
        assert_eq!(Mount::strip("/v1"), "/v1");
        assert_eq!(Mount::strip("/apiary"), "/apiary");
    }
}
