use axum::response::{IntoResponse, Response};
use gw_kernel::{Fault, FaultKind, Scope};
use http::{HeaderValue, StatusCode, header};

use crate::{FieldProblem, ProblemBody, ProblemInfo};

/// What a handler answers: the thing, or a problem.
pub type Answer<T> = Result<T, Problem>;

/// A failure on its way to the caller (RFC 9457).
///
/// Made from any [`Fault`] by `?`. An internal fault is logged at that moment, and its text goes
/// no further.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldProblem>,
    pub(crate) required_scope: Option<Scope>,
    pub(crate) retry_after: Option<u32>,
}

impl Problem {
    /// A problem of a registered kind, and what is the matter this time.
    #[must_use]
    pub fn new(info: &ProblemInfo, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(info.status);
        Self::with(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), info.code, detail.into())
    }

    fn with(status: StatusCode, code: &'static str, detail: String) -> Self {
        let (errors, required_scope, retry_after) = (Vec::new(), None, None);
        Self(Box::new(Parts { status, code, detail, errors, required_scope, retry_after }))
    }

    /// Names a field at fault, by JSON pointer (RFC 6901).
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        let (code, detail) = (self.0.code.to_owned(), self.0.detail.clone());
        self.0.errors.push(FieldProblem { pointer: pointer.into(), code, detail });
        self
    }

    /// Names the fields that another problem names, too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.errors.extend(other.0.errors);
        self
    }

    /// Names the scope that the caller lacks.
    #[must_use]
    pub fn requiring(mut self, scope: Scope) -> Self {
        self.0.required_scope = Some(scope);
        self
    }

    /// Says when to try again, in whole seconds (`Retry-After`).
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The sentence for the caller.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// The answer with this body, and the headers that belong to the problem.
    pub(crate) fn respond(&self, body: &ProblemBody) -> Response {
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        let mut response = (self.0.status, bytes).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if self.0.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl<F: Fault> From<F> for Problem {
    fn from(fault: F) -> Self {
        let (kind, code) = (fault.kind(), fault.code());
        match kind {
            FaultKind::Internal => {
                tracing::error!(code, error = %chain(&fault), "a request failed on our side");
            }
            FaultKind::Unavailable => {
                tracing::warn!(code, error = %chain(&fault), "a request could not be served");
            }
            _ => {}
        }
        let hidden = kind == FaultKind::Internal || code.starts_with("database.");
        let detail = match kind {
            FaultKind::Internal => "something went wrong on our side".to_owned(),
            _ if hidden => "the database cannot be reached".to_owned(),
            _ => fault.to_string(),
        };
        let status = StatusCode::from_u16(kind.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = Self::with(status, code, detail);
        match (fault.pointer(), kind) {
            (Some(pointer), _) => problem.at(pointer),
            (None, FaultKind::Unavailable) => problem.retry_after(1),
            _ => problem,
        }
    }
}

/// An error and what caused it, in one line.
fn chain(fault: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(fault), |error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.respond(&ProblemBody::bare(&self));
        response.extensions_mut().insert(self);
        response
    }
}
