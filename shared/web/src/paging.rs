use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use gw_kernel::{Count, Cursor, ListTag, PageRequest};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Object, ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::{Mount, Problem, Query, extract::invalid_query};

/// Which list a request is for: its path without the mount, so that one list has one tag wherever it
/// stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List(ListTag);

/// `limit` (1 to 1,000; 100 when absent) and `cursor` of the query string.
///
/// Stands beside a [`Query`] with the list's filters; each ignores the other's parameters. A cursor
/// of another list is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageQuery(pub PageRequest);

/// `count`, for lists that can say how many rows they have in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountQuery(bool);

/// What a list that can be counted says beside its rows; nothing where nobody asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    /// How many there are in all, at most 10,000; where `count=true` asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// Whether there are more than `count` says; where `count=true` asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    count_capped: Option<bool>,
}

impl From<Option<Count>> for Counted {
    fn from(count: Option<Count>) -> Self {
        Self { count: count.map(|all| all.rows), count_capped: count.map(|all| all.capped) }
    }
}

#[derive(Deserialize)]
struct Raw {
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct RawCount {
    count: Option<bool>,
}

impl List {
    /// A part of the list, for those whose query is read in another way than [`PageQuery`] does.
    ///
    /// # Errors
    /// `request.invalid_query`, when the cursor is not one of this list.
    pub fn page(self, limit: u16, cursor: Option<&str>) -> Result<PageRequest, Problem> {
        let after = cursor.map(|text| Cursor::read(text, self.0)).transpose();
        let after = after.map_err(|error| invalid_query(error.to_string()))?;
        Ok(PageRequest { limit, after, list: self.0 })
    }
}

impl PageQuery {
    /// The part of the list that is wanted.
    #[must_use]
    pub const fn request(self) -> PageRequest {
        self.0
    }
}

impl CountQuery {
    /// Whether the rows are to be counted.
    #[must_use]
    pub const fn is_wanted(self) -> bool {
        self.0
    }
}

impl Raw {
    fn limit(&self) -> Result<u16, Problem> {
        let Some(text) = &self.limit else { return Ok(PageRequest::default().limit) };
        let number = text.parse().ok().filter(|limit| (1..=1000).contains(limit));
        number.ok_or_else(|| invalid_query("`limit` is a number from 1 to 1000"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for List {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self(ListTag::of(Mount::strip(uri.path()))))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(list) = List::from_request_parts(parts, state).await;
        let Query(raw) = Query::<Raw>::from_request_parts(parts, state).await?;
        list.page(raw.limit()?, raw.cursor.as_deref()).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CountQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(raw) = Query::<RawCount>::from_request_parts(parts, state).await?;
        Ok(Self(raw.count.unwrap_or(false)))
    }
}

impl IntoParams for CountQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "`true` asks how many there are in all: `count`, and `count_capped` where \
                           that is more than is counted";
        vec![parameter("count", description, Object::with_type(Type::Boolean))]
    }
}

impl IntoParams for PageQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(1000))
            .default(Some(100.into()));
        vec![
            parameter("limit", "At most this many rows", number.build()),
            parameter(
                "cursor",
                "`next_cursor` of the part before",
                Object::with_type(Type::String),
            ),
        ]
    }
}

fn parameter(name: &str, description: &str, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Result<u16, &'static str> {
        let raw = Raw { limit: Some(text.to_owned()), cursor: None };
        raw.limit().map_err(|problem| problem.code())
    }

    #[test]
    fn a_limit_is_a_number_from_1_to_1000() {
        assert_eq!(limit("1"), Ok(1));
        assert_eq!(limit("1000"), Ok(1000));
        for refused in ["0", "1001", "-1", "many", ""] {
            assert_eq!(limit(refused), Err("request.invalid_query"), "{refused}");
        }
    }
}
