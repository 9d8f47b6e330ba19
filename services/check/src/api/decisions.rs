use axum::extract::State;
use gw_kernel::{AttestationId, DecisionId};
use gw_web::{Answer, Caller, Json, Path, Problems, permissions::ReadDecisions};

use super::rows::DecisionView;
use crate::{
    Context,
    app::{self, ReadError},
};

/// Read a decision
///
/// By its id, or its attestation's: the same attestation that the caller of the check got, and the
/// record in it, parsed. One whose record is past the tenant's retention is 410 `decision.expired`.
#[utoipa::path(get, path = "/v1/admin/decisions/{id}", tag = "decisions",
    operation_id = "decisions.read",
    params(("id" = String, Path, description = "`dec_...` or `att_...`")),
    responses((status = OK, body = DecisionView), Problems))]
pub(super) async fn read(
    State(ctx): State<Context>,
    caller: Caller<ReadDecisions>,
    Path(id): Path<String>,
) -> Answer<Json<DecisionView>> {
    let attestation = || id.parse::<AttestationId>().ok().map(AttestationId::cast);
    let decision: Option<DecisionId> = id.parse().ok().or_else(attestation);
    let decision = decision.ok_or(ReadError::NoDecision)?;
    let attested = app::decision(&ctx, &caller, decision).await?;
    Ok(Json(DecisionView::new(attested)))
}
