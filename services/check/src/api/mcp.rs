//! MCP's tools over plain JSON-RPC: one request a body, one answer.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use gw_kernel::{Fault, FaultKind};
use gw_web::{Answer, Problem, Problems, read_body};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    call_view::{CallDecision, Part},
    check::{Replayed, replayed},
};
use crate::{
    Context,
    app::{self, CheckError},
    domain::{Agent, Envelope, RpcFault, Unreadable, rpc_codes},
};

/// What an allowed call returns where there is nothing to forward it to.
const NO_UPSTREAM: &str = "the call is allowed; no upstream is configured, so nothing was called";

/// A request, as it is documented; the body itself is read more strictly.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documentation: nothing is read through it")]
pub(super) struct RpcRequest {
    /// `2.0`.
    jsonrpc: String,
    /// Text, a number or null, echoed as it is spelled. Absent in a notification.
    id: Option<Value>,
    /// `tools/call`, `tools/list`, `initialize` or `ping`.
    method: String,
    /// Of `tools/call`: `name`, and `arguments` (an object).
    #[schema(value_type = Option<Object>)]
    params: Option<Value>,
}

/// An answer: `result` or `error`.
#[derive(Serialize, ToSchema)]
pub(super) struct RpcAnswer<'a> {
    /// `2.0`.
    jsonrpc: &'static str,
    /// The request's.
    #[schema(value_type = Value)]
    id: &'a RawValue,
    /// Of `tools/call`: the tool's result, and the decision in `_intentgate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RpcErrorView>,
}

/// An error.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RpcErrorView {
    /// -32010 capability, -32011 intent, -32012 policy, -32013 budget; others as in JSON-RPC 2.0.
    code: i32,
    /// What kind of error it is.
    message: String,
    /// Why, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// The decision, where one was made.
    #[serde(rename = "_intentgate", skip_serializing_if = "Option::is_none")]
    decision: Option<CallDecision>,
}

/// What a method comes to.
type Said = Result<Value, RpcErrorView>;

/// Call a tool as MCP does, as the agent
///
/// JSON-RPC 2.0, one request a body. The caller is the agent itself, known by the capability in
/// `Authorization: Bearer` on every method; the gate is its tenant's default gate. Every decision
/// is HTTP 200: an allowed call has a `result`, a blocked one an `error`, and both were recorded
/// before they are answered. A capability whose signature is not good gets -32010, with nothing
/// recorded. A notification is decided and recorded too, and answered with 204; where it could not
/// be decided, with a problem.
#[utoipa::path(post, path = "/v1/mcp", tag = "agents",
    operation_id = "agents.mcp",
    params(
        ("Authorization" = Option<String>, Header, description = "`Bearer` and a capability"),
        ("Gatewright-Deadline-Ms" = Option<u32>, Header,
            description = "How long to wait for the answer, 1 to 30000; 2000 when absent"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "What the agent calls the call by, so that sending it again within 24 \
                hours decides nothing twice"),
    ),
    request_body = RpcRequest,
    responses(
        (status = OK, body = RpcAnswer<'static>, headers(("Idempotency-Replayed" = bool,
            description = "`true` where the decision was answered before"))),
        (status = NO_CONTENT, description = "The request was a notification"),
        Problems))]
pub(super) async fn mcp(State(ctx): State<Context>, request: Request) -> Answer<Response> {
    let began = Instant::now();
    let headers = request.headers().clone();
    let body = match read_body(request).await {
        Ok(body) => body,
        Err(unread) => {
            let fault =
                RpcFault::unparsed("failed to read request body", unread.detail().to_owned());
            return Ok(reply(None, None, Err(fault.into())));
        }
    };
    let envelope = match Envelope::read(&body) {
        Ok(envelope) => envelope,
        Err(Unreadable { id, fault }) => return Ok(reply(None, id, Err(fault.into()))),
    };
    let (header, said) = match answer(&ctx, &envelope, &headers, began).await {
        Ok((header, said)) => (header, said),
        Err(Failure::Said(error)) => (None, Err(*error)),
        Err(Failure::Ours(problem)) if envelope.id.is_none() => return Err(problem),
        Err(Failure::Ours(problem)) => (None, Err(ours(&problem))),
    };
    match envelope.id {
        Some(id) => Ok(reply(header, Some(id), said)),
        None => Ok((StatusCode::NO_CONTENT, header, ()).into_response()),
    }
}

/// Why a method has no result.
enum Failure {
    /// Something that its caller can do something about.
    Said(Box<RpcErrorView>),
    /// Something on our side.
    Ours(Problem),
}

async fn answer(
    ctx: &Context,
    envelope: &Envelope<'_>,
    headers: &HeaderMap,
    began: Instant,
) -> Result<(Option<Replayed>, Said), Failure> {
    let said = |fault: RpcFault| Failure::Said(Box::new(fault.into()));
    let fixed = match envelope.method.as_str() {
        "tools/call" => None,
        "tools/list" => Some(json!({ "tools": [] })),
        "ping" => Some(json!({})),
        "initialize" => Some(json!({
            "protocolVersion": "2025-03-26",
            "serverInfo": { "name": "intentgate", "version": "0.2" },
            "capabilities": { "tools": {} },
        })),
        other => return Err(said(RpcFault::no_such_method(other))),
    };
    let call = if fixed.is_none() { Some(envelope.call().map_err(said)?) } else { None };
    let agent = Agent::shown(headers, None).map_err(|refusal| failure(refusal, began))?;
    let failed = |error: CheckError| failure(error, began);
    let (header, decided) = match call {
        Some(call) => {
            let answer = app::call(ctx, agent, call, headers).await.map_err(failed)?;
            (replayed(answer.replayed), CallDecision::recorded(answer, began.elapsed()))
        }
        None => {
            let known = app::authenticate(ctx, agent, &envelope.method, headers).await;
            (None, CallDecision::unrecorded(known.map_err(failed)?, began.elapsed()))
        }
    };
    let said = match decided {
        (decision, Some(part)) => Err(RpcErrorView::of(part, decision)),
        (decision, None) => Ok(fixed.unwrap_or_else(|| called(&decision))),
    };
    Ok((header, said))
}

fn called(decision: &CallDecision) -> Value {
    json!({
        "content": [{ "type": "text", "text": NO_UPSTREAM }],
        "isError": false,
        "_intentgate": decision,
    })
}

fn failure(error: impl Fault, began: Instant) -> Failure {
    match error.kind() {
        FaultKind::Unauthenticated | FaultKind::Forbidden => {
            let (code, reason) = (error.code(), error.to_string());
            let decision = CallDecision::refused(code, reason, began.elapsed());
            Failure::Said(Box::new(RpcErrorView::of(Part::CAPABILITY, decision)))
        }
        FaultKind::Malformed | FaultKind::TooLarge | FaultKind::Conflict => {
            let data = Some(error.to_string());
            Failure::Said(Box::new(RpcFault::invalid_params("invalid params", data).into()))
        }
        _ => Failure::Ours(Problem::from(error)),
    }
}

fn ours(problem: &Problem) -> RpcErrorView {
    RpcErrorView {
        code: rpc_codes::INTERNAL_ERROR,
        message: "no decision could be made".to_owned(),
        data: Some(format!("{}: {}", problem.code(), problem.detail())),
        decision: None,
    }
}

fn reply(header: Option<Replayed>, id: Option<&RawValue>, said: Said) -> Response {
    let (result, error) = match said {
        Ok(result) => (Some(result), None),
        Err(error) => (None, Some(error)),
    };
    let id = id.unwrap_or(RawValue::NULL);
    (header, Json(RpcAnswer { jsonrpc: "2.0", id, result, error })).into_response()
}

impl RpcErrorView {
    fn of(part: Part, decision: CallDecision) -> Self {
        Self {
            code: part.rpc_code,
            message: part.message.to_owned(),
            data: Some(decision.reason.to_string()),
            decision: Some(decision),
        }
    }
}

impl From<RpcFault> for RpcErrorView {
    fn from(RpcFault { code, message, data }: RpcFault) -> Self {
        Self { code, message, data, decision: None }
    }
}
