use std::collections::BTreeMap;

use gw_kernel::Scope;
use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

use crate::{Problem, ProblemInfo, RequestId};

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where it is in the request's body, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// A stable, dotted code.
    pub code: String,
    /// One sentence.
    pub detail: String,
}

/// A problem as it stands on the wire (RFC 9457), with the members that compatible clients read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI of the kind of problem.
    #[serde(rename = "type")]
    uri: String,
    /// The kind of problem in a few words.
    title: String,
    /// The HTTP status again.
    status: u16,
    /// What is the matter this time.
    detail: String,
    /// The stable, dotted code.
    code: &'static str,
    /// The scope that the caller lacks, where that is the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    required_scope: Option<Scope>,
    /// The fields at fault, if fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem>,
    /// The request's id, as in the header `X-Request-Id` and in our logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// `detail` again.
    message: String,
    /// `detail` again on `/v1/admin` routes; an object elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum ErrorMember {
    Text(String),
    Object { code: &'static str, message: String, status: u16, request_id: String },
}

impl ProblemBody {
    /// What can be said without knowing the request.
    pub(crate) fn bare(problem: &Problem) -> Self {
        let parts = problem.parts();
        Self {
            uri: format!("urn:gatewright:problem:{}", parts.code),
            title: parts.status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: parts.status.as_u16(),
            detail: parts.detail.clone(),
            code: parts.code,
            required_scope: parts.required_scope,
            errors: parts.errors.clone(),
            request_id: None,
            message: parts.detail.clone(),
            error: None,
        }
    }

    /// The whole of it, once the request is known.
    pub(crate) fn of_request(
        problem: &Problem,
        info: Option<&ProblemInfo>,
        id: &RequestId,
        path: &str,
    ) -> Self {
        let mut body = Self::bare(problem);
        if let Some(info) = info {
            info.title.clone_into(&mut body.title);
        }
        let (message, request_id) = (body.detail.clone(), id.to_string());
        body.error = Some(if path.starts_with("/v1/admin/") {
            ErrorMember::Text(message)
        } else {
            let (code, status) = (body.code, body.status);
            ErrorMember::Object { code, message, status, request_id: request_id.clone() }
        });
        body.request_id = Some(request_id);
        body
    }
}

/// For `responses(...)` of a documented route: whatever goes wrong is a [`Problem`].
#[derive(Debug, Clone, Copy)]
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new()
            .description("A problem; `code` says which")
            .content("application/problem+json", content)
            .build();
        BTreeMap::from([("default".to_owned(), RefOr::T(response))])
    }
}
