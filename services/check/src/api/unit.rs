use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use gw_web::{Answer, Json, Path, Problem, Problems};

use super::{
    check::{Known, Replayed, known, limited, problem, replayed},
    unit_view::{UnitAnswers, UnitRequest},
};
use crate::{Context, app, refusals::Asking};

/// Ask a gate for several decisions
///
/// Up to 256 checks, decided from one state and recorded in one transaction: all of their records
/// are durable when this answers, or none is. The answers stand in the order of the checks; each
/// takes what it takes after those before it. What cannot be read in one of them refuses all
/// (`errors` points into the list), and so do 503s: nothing was decided then, except with
/// `check.outcome_unknown`. A check whose own `idempotency_key` another request has is answered in
/// place, by `problem`; a header `Idempotency-Key` names the whole request, and its checks have
/// none of their own then. A credential in a header is every check's. There are no dry runs here.
#[utoipa::path(post, path = "/gates/{gate}/checks", tag = "checks",
    operation_id = "checks.ask_together",
    params(
        ("gate" = String, Path, description = "The gate's id or name"),
        ("Gatewright-Deadline-Ms" = Option<u32>, Header,
            description = "How long to wait for the answers, 1 to 30000; 2000 when absent"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "What the caller calls the whole request by"),
        ("X-Gatewright-Credential" = Option<String>, Header, description = "A capability"),
    ),
    request_body = UnitRequest,
    responses(
        (status = OK, body = UnitAnswers, headers(("Idempotency-Replayed" = bool,
            description = "`true` where all answers were given before"))),
        Problems))]
pub(super) async fn check_unit(
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

async fn ask(
    ctx: &Context,
    asking: &mut Asking,
    gate: Result<Path<String>, Problem>,
    request: Request,
) -> Answer<(Option<Replayed>, Json<UnitAnswers>)> {
    let Known { caller, gate, headers, body } = known(ctx, asking, gate, request).await?;
    let answers = app::check_unit(ctx, asking, caller, gate, &headers, body).await;
    let answers = answers.map_err(problem)?;
    let again = answers.iter().all(|answer| answer.as_ref().is_some_and(|it| it.replayed));
    Ok((replayed(again), Json(UnitAnswers::new(answers))))
}
