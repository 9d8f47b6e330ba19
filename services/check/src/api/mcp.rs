//! MCP's tools over plain JSON-RPC: one request a body, one answer.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use gw_kernel::{Fault, FaultKind};
use gw_web::{Answer, Json, Problem, Problems, read_body};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    call_view::{CallDecision, Part, retry_after},
    check::{Replayed, limited, replayed},
};
use crate::{
    Context,
    app::{self, CheckError},
    domain::{Agent, Envelope, RpcFault, Unreadable, rpc_codes},
    refusals::Asking,
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
/// recorded; an agent that asks too often gets -32013 and the header `Retry-After`. A notification is decided and recorded too, and answered with 204; where it could not
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
pub(super) async fn mcp(State(ctx): State<Context>, request: Request) -> Response {
    let mut asking = Asking::default();
    let answer = speak(&ctx, &mut asking, request).await;
    let response = limited(answer.into_response(), &mut asking);
    ctx.refusals.count(asking);
    response
}

async fn speak(ctx: &Context, asking: &mut Asking, request: Request) -> Answer<Response> {
    let began = Instant::now();
    let headers = request.headers().clone();
    let body = match read_body(request).await {
        Ok(body) => body,
        Err(unread) => {
            asking.refuse(unread.code());
            let fault =
                RpcFault::unparsed("failed to read request body", unread.detail().to_owned());
            return Ok(reply(None, Err(fault.into())));
        }
    };
    let envelope = match Envelope::read(&body) {
        Ok(envelope) => envelope,
        Err(Unreadable { id, fault }) => {
            asking.refuse(fault.reason());
            return Ok(reply(id, Err(fault.into())));
        }
    };
    let (mut again, mut wait) = (None, None);
    let said = match answer(ctx, asking, &envelope, &headers, began).await {
        Ok((header, said)) => {
            again = header;
            said
        }
        Err(Failure::Refused(refused)) => {
            asking.refuse(refused.code);
            wait = refused.retry_after;
            Err(refused.said)
        }
        Err(Failure::Problem(problem)) => {
            asking.hear(&problem);
            if envelope.id.is_none() {
                return Err(problem);
            }
            Err(ours(&problem))
        }
    };
    let response = match envelope.id {
        Some(id) => reply(Some(id), said),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    Ok((again, retry_after(response, wait)).into_response())
}

/// Why nothing was decided.
enum Failure {
    /// Nothing was decided, for something that the caller can do something about.
    Refused(Box<Refused>),
    /// Something else.
    Problem(Problem),
}

/// Why nothing was decided, and how that is said.
struct Refused {
    code: &'static str,
    retry_after: Option<u32>,
    said: RpcErrorView,
}

impl Failure {
    fn refused(code: &'static str, said: RpcErrorView) -> Self {
        Self::Refused(Box::new(Refused { code, retry_after: None, said }))
    }
}

impl From<RpcFault> for Failure {
    fn from(fault: RpcFault) -> Self {
        Self::refused(fault.reason(), fault.into())
    }
}

async fn answer(
    ctx: &Context,
    asking: &mut Asking,
    envelope: &Envelope<'_>,
    headers: &HeaderMap,
    began: Instant,
) -> Result<(Option<Replayed>, Said), Failure> {
    let fixed = match envelope.method.as_str() {
        "tools/call" => None,
        "tools/list" => Some(json!({ "tools": [] })),
        "ping" => Some(json!({})),
        "initialize" => Some(json!({
            "protocolVersion": "2025-03-26",
            "serverInfo": { "name": "intentgate", "version": "0.2" },
            "capabilities": { "tools": {} },
        })),
        other => return Err(RpcFault::no_such_method(other).into()),
    };
    let call = if fixed.is_none() { Some(envelope.call()?) } else { None };
    let agent = Agent::shown(headers, None).map_err(|refusal| failure(refusal, None, began))?;
    let failed = |error: CheckError| {
        let retry_after = error.retry_after();
        failure(error, retry_after, began)
    };
    let (header, decided) = match call {
        Some(call) => {
            let answer = app::call(ctx, asking, agent, call, headers).await.map_err(failed)?;
            (replayed(answer.replayed), CallDecision::recorded(answer, began.elapsed()))
        }
        None => {
            let known = app::authenticate(ctx, asking, agent, &envelope.method, headers).await;
            let known = known.map_err(failed)?;
            let code = known.code;
            match CallDecision::unrecorded(known, began.elapsed()) {
                (decision, Some(part)) => {
                    return Err(Failure::refused(code, RpcErrorView::of(part, decision)));
                }
                allowed => (None, allowed),
            }
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

fn failure(error: impl Fault, retry_after: Option<u32>, began: Instant) -> Failure {
    let code = error.code();
    if let Some(part) = CallDecision::refusing(error.kind()) {
        let decision = CallDecision::refused(part, code, error.to_string(), began.elapsed());
        let said = RpcErrorView::of(part, decision);
        return Failure::Refused(Box::new(Refused { code, retry_after, said }));
    }
    match error.kind() {
        FaultKind::Malformed | FaultKind::TooLarge | FaultKind::Conflict => {
            let fault = RpcFault::invalid_params("invalid params", Some(error.to_string()));
            Failure::refused(code, fault.into())
        }
        _ => Failure::Problem(Problem::from(error)),
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

fn reply(id: Option<&RawValue>, said: Said) -> Response {
    let (result, error) = match said {
        Ok(result) => (Some(result), None),
        Err(error) => (None, Some(error)),
    };
    let id = id.unwrap_or(RawValue::NULL);
    Json(RpcAnswer { jsonrpc: "2.0", id, result, error }).into_response()
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
