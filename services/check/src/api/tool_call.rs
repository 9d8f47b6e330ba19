use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use gw_kernel::Fault;
use gw_web::{Answer, Json, Problem, Problems, read_body};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    call_view::{CallDecision, retry_after},
    check::{limited, replayed},
};
use crate::{
    Context,
    app::{self, CheckError},
    domain::{Agent, ToolCall, ToolCallError},
    refusals::Asking,
};

/// A call of a tool, as it is documented; the body itself is read more strictly.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documentation: nothing is read through it")]
pub(super) struct ToolCallRequest {
    /// The tool's name. At most 256 bytes.
    tool: String,
    /// The call's arguments. In the record only as an HMAC under the tenant's key.
    #[schema(value_type = Option<Object>)]
    args: Option<Value>,
    /// The agent; if it is said, it must be the one that the capability names.
    agent_id: Option<String>,
    /// Accepted; nothing depends on it.
    session_id: Option<String>,
    /// The capability, for callers that send no `Authorization` header.
    intent_token: Option<String>,
}

/// Why a call cannot be read.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ToolCallRefusal {
    /// `read_body_failed`, `invalid_json`, `missing_tool`, `wrong_agent` or `invalid_request`.
    error: &'static str,
    /// One sentence.
    detail: String,
}

/// Ask for one call of a tool, as the agent
///
/// The caller is the agent itself, known by the capability in `Authorization: Bearer`; the gate is
/// its tenant's default gate. HTTP 200 for every decision; only `allow` means yes. Every decision
/// is recorded before it is answered; a capability whose signature is not good is answered the same
/// way, with nothing recorded, and so is an agent that asks too often, with `Retry-After`.
#[utoipa::path(post, path = "/v1/tool-call", tag = "agents",
    operation_id = "agents.call_tool",
    params(
        ("Authorization" = Option<String>, Header, description = "`Bearer` and a capability"),
        ("Gatewright-Deadline-Ms" = Option<u32>, Header,
            description = "How long to wait for the answer, 1 to 30000; 2000 when absent"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "What the agent calls the call by, so that sending it again within 24 \
                hours decides nothing twice"),
    ),
    request_body = ToolCallRequest,
    responses(
        (status = OK, body = CallDecision, headers(("Idempotency-Replayed" = bool,
            description = "`true` where the decision was answered before"))),
        (status = BAD_REQUEST, body = ToolCallRefusal),
        Problems))]
pub(super) async fn tool_call(State(ctx): State<Context>, request: Request) -> Response {
    let mut asking = Asking::default();
    let answer = ask(&ctx, &mut asking, request).await;
    let response = limited(answer.into_response(), &mut asking);
    ctx.refusals.count(asking);
    response
}

async fn ask(ctx: &Context, asking: &mut Asking, request: Request) -> Answer<Response> {
    let began = Instant::now();
    let headers = request.headers().clone();
    let asked = match read_body(request).await {
        Err(unread) => {
            asking.refuse(unread.code());
            return Ok(refusal("read_body_failed", unread.detail().to_owned()));
        }
        Ok(body) => ToolCall::read(&body),
    };
    let asked = match asked {
        Err(error) => return Ok(unreadable(asking, &error)),
        Ok(asked) => asked,
    };
    let agent = match Agent::shown(&headers, asked.token.as_deref()) {
        Err(error) => return stranger(asking, error, began),
        Ok(agent) => agent,
    };
    if let Err(error) = asked.agrees_with(&agent) {
        return Ok(unreadable(asking, &error));
    }
    match app::call(ctx, asking, agent, asked.call, &headers).await {
        Ok(answer) => {
            let header = replayed(answer.replayed);
            let (view, _) = CallDecision::recorded(answer, began.elapsed());
            Ok((header, Json(view)).into_response())
        }
        Err(CheckError::Request(error)) => {
            asking.refuse(error.code());
            Ok(refusal("invalid_request", error.to_string()))
        }
        Err(error) => {
            let wait = error.retry_after();
            Ok(retry_after(stranger(asking, error, began)?, wait))
        }
    }
}

/// Whoever may not ask is told so as a decision is; what goes wrong elsewhere is a problem.
fn stranger(asking: &mut Asking, error: impl Fault, began: Instant) -> Answer<Response> {
    let code = error.code();
    let Some(part) = CallDecision::refusing(error.kind()) else {
        let problem = Problem::from(error);
        asking.hear(&problem);
        return Err(problem);
    };
    asking.refuse(code);
    let view = CallDecision::refused(part, code, error.to_string(), began.elapsed());
    Ok(Json(view).into_response())
}

fn unreadable(asking: &mut Asking, error: &ToolCallError) -> Response {
    asking.refuse(error.reason());
    refusal(error.word(), error.to_string())
}

fn refusal(error: &'static str, detail: String) -> Response {
    (StatusCode::BAD_REQUEST, Json(ToolCallRefusal { error, detail })).into_response()
}
