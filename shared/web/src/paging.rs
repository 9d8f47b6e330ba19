use axum::extract::FromRequestParts;
use gw_kernel::PageRequest;
use http::request::Parts;
use serde::Deserialize;
use utoipa::{
    IntoParams,
    openapi::{
        Object, ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::{Problem, Query, extract::invalid_query};

/// `limit` (1 to 1,000; 100 when absent) and `cursor` of the query string.
///
/// Stands beside a [`Query`] with the list's filters; each ignores the other's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageQuery(pub PageRequest);

#[derive(Deserialize)]
struct Raw {
    limit: Option<String>,
    cursor: Option<String>,
}

impl PageQuery {
    /// The part of the list that is wanted.
    #[must_use]
    pub const fn request(self) -> PageRequest {
        self.0
    }
}

impl TryFrom<Raw> for PageQuery {
    type Error = Problem;

    fn try_from(raw: Raw) -> Result<Self, Problem> {
        let limit = match raw.limit {
            None => PageRequest::default().limit,
            Some(text) => {
                let number = text.parse().ok().filter(|limit| (1..=1000).contains(limit));
                number.ok_or_else(|| invalid_query("`limit` is a number from 1 to 1000"))?
            }
        };
        let after = raw.cursor.map(|text| text.parse()).transpose();
        let after =
            after.map_err(|error: gw_kernel::CursorError| invalid_query(error.to_string()))?;
        Ok(Self(PageRequest { limit, after }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(raw) = Query::<Raw>::from_request_parts(parts, state).await?;
        raw.try_into()
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
        PageQuery::try_from(raw).map(|page| page.0.limit).map_err(|problem| problem.code())
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
