use axum::extract::State;
use gw_kernel::OperatorId;
use gw_web::{Answer, Caller, Json, Path, Problems, Written, permissions::WriteOperators};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Context,
    api::{operators::rights, view::OperatorView},
    app::update_operator::set_state,
    domain::{OperatorState, ReasonText},
};

/// Why an operator is suspended or resumed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorStateChange {
    /// Why, for the log: at most 1,000 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    reason: Option<ReasonText>,
}

/// Suspend an operator
///
/// The operator's keys are refused from the next call on. Again is fine. The last active owner
/// stays.
#[utoipa::path(post, path = "/v1/admin/operators/{operator}/suspend", tag = "operators",
    params(("operator" = OperatorId, Path, description = "The operator's id")),
    request_body = OperatorStateChange, responses((status = OK, body = OperatorView,
        description = "The operator, and the `epoch` that it made"), Problems))]
pub(crate) async fn suspend_operator(
    State(ctx): State<Context>,
    caller: Caller<WriteOperators>,
    Path(operator): Path<OperatorId>,
    Json(body): Json<OperatorStateChange>,
) -> Answer<Written<OperatorView>> {
    let (state, rights) = (OperatorState::Suspended, rights(&caller));
    let (operator, epoch) =
        set_state(&ctx.db, &caller, rights, operator, state, body.reason).await?;
    Ok(Written::changed(epoch, operator.into()))
}

/// Resume an operator
///
/// The operator's keys are accepted again from the next call on. Again is fine.
#[utoipa::path(post, path = "/v1/admin/operators/{operator}/resume", tag = "operators",
    params(("operator" = OperatorId, Path, description = "The operator's id")),
    request_body = OperatorStateChange, responses((status = OK, body = OperatorView,
        description = "The operator, and the `epoch` that it made"), Problems))]
pub(crate) async fn resume_operator(
    State(ctx): State<Context>,
    caller: Caller<WriteOperators>,
    Path(operator): Path<OperatorId>,
    Json(body): Json<OperatorStateChange>,
) -> Answer<Written<OperatorView>> {
    let (state, rights) = (OperatorState::Active, rights(&caller));
    let (operator, epoch) =
        set_state(&ctx.db, &caller, rights, operator, state, body.reason).await?;
    Ok(Written::changed(epoch, operator.into()))
}
