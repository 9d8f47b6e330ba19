use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use gw_decision::{GateRef, PresentedKey, Refusal};
use gw_web::{Answer, IDEMPOTENCY_REPLAYED, Json, Path, Problem, Problems, api_key, read_body};
use http::HeaderMap;

use super::view::{CheckAnswer, CheckRequest};
use crate::{
    Context,
    app::{self, CheckError, KnownCaller},
    limits::Standing,
    refusals::Asking,
};

/// Ask a gate for a decision
///
/// HTTP 200 for every decision, `block` and `request_hold` included: only the literal `allow`
/// means yes. When this answers, the decision is signed and its record is durable: `attestation`
/// proves both, offline. Other statuses mean that nothing was decided and nothing recorded, except
/// 503 `check.outcome_unknown`. A check with an idempotency key may be sent again for 24 hours: it
/// is decided afresh, and where that still allows, the answer is the one that was recorded first,
/// with the header `Idempotency-Replayed: true`. A credential can also stand in the header
/// `X-Gatewright-Credential`. `RateLimit` and `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers-10) say how the limits of the tenant and of the caller stand
/// at this replica. Members that are not known are ignored. A dry run says in `would` what
/// would be decided: nothing is recorded or taken, and its `decision` is never `allow`.
#[utoipa::path(post, path = "/gates/{gate}/check", tag = "checks",
    operation_id = "checks.ask",
    params(
        ("gate" = String, Path, description = "The gate's id or name"),
        ("Gatewright-Deadline-Ms" = Option<u32>, Header,
            description = "How long to wait for the answer, 1 to 30000; 2000 when absent"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same as the member `idempotency_key`"),
        ("X-Gatewright-Credential" = Option<String>, Header, description = "A capability"),
    ),
    request_body = CheckRequest,
    responses(
        (status = OK, body = CheckAnswer, headers(("Idempotency-Replayed" = bool,
            description = "`true` where the answer was given before"))),
        Problems))]
pub(super) async fn check(
    State(ctx): State<Context>,
    gate: Result<Path<String>, Problem>,
    request: Request,
) -> Response {
    let mut asking = Asking::default();
    let answer = ask(&ctx, &mut asking, gate, request).await;
    if let Err(problem) = &answer {
        asking.hear(problem);
    }
    let response = limited(answer.into_response(), &mut asking);
    ctx.refusals.count(asking);
    response
}

/// The answer, with how the limits stand that it took from.
pub(super) fn limited(mut response: Response, asking: &mut Asking) -> Response {
    Standing::state(response.headers_mut(), &asking.take_standing());
    response
}

async fn ask(
    ctx: &Context,
    asking: &mut Asking,
    gate: Result<Path<String>, Problem>,
    request: Request,
) -> Answer<(Option<Replayed>, Json<CheckAnswer>)> {
    let Known { caller, gate, headers, body } = known(ctx, asking, gate, request).await?;
    let answer = app::check(ctx, caller, gate, &headers, body).await.map_err(problem)?;
    Ok((replayed(answer.replayed), Json(CheckAnswer::new(answer))))
}

/// A request of somebody whose key is genuine, and what it says.
pub(super) struct Known {
    pub(super) caller: KnownCaller,
    pub(super) gate: GateRef,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Finds who asks, and only then reads what.
pub(super) async fn known(
    ctx: &Context,
    asking: &mut Asking,
    gate: Result<Path<String>, Problem>,
    mut request: Request,
) -> Result<Known, Problem> {
    let headers = std::mem::take(request.headers_mut());
    let key = api_key::from_headers(&headers).filter(|key| !key.is_platform());
    let key = key.ok_or(Refusal::CallerUnknown)?;
    let presented = PresentedKey { id: key.id, secret_sha256: key.secret_sha256 };
    let caller = app::known_caller(ctx, asking, key.tenant, presented, &headers).await;
    let caller = caller.map_err(problem)?;
    let (Path(gate), body) = (gate?, read_body(request).await?);
    Ok(Known { caller, gate: GateRef::parse(&gate), headers, body })
}

/// The header of an answer that was given before.
pub(super) type Replayed = [(&'static str, &'static str); 1];

/// Says whether an answer was given before.
pub(super) fn replayed(replayed: bool) -> Option<Replayed> {
    replayed.then_some([(IDEMPOTENCY_REPLAYED, "true")])
}

/// Adds what only a check's problems have: the scope that is missing, the seconds to wait.
pub(super) fn problem(error: CheckError) -> Problem {
    let (scope, retry_after) = (error.required_scope(), error.retry_after());
    let mut problem = Problem::from(error);
    if let Some(scope) = scope {
        problem = problem.requiring(scope);
    }
    match retry_after {
        Some(seconds) => problem.retry_after(seconds),
        None => problem,
    }
}
