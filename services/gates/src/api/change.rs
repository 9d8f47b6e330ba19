use axum::extract::State;
use gw_web::{
    Answer, Caller, ETag, IfMatch, Json, Mount, Path, Problems, Written, permissions::WriteGates,
};

use super::{
    change_request::{GateChangeRequest, Wanted},
    gate_ref,
    view::GateView,
};
use crate::{Context, app, domain::Gate};

/// Change a gate
///
/// What is absent stays; null takes a description away. `If-Match` says which version is changed;
/// only clients outside `/v1` may leave it out. What makes no difference is recorded nowhere.
#[utoipa::path(patch, path = "/gates/{gate}", tag = "gates",
    operation_id = "gates.update_gate", request_body = GateChangeRequest,
    params(("gate" = String, Path, description = "The gate's id or name"),
        ("If-Match" = String, Header, description = "The `ETag` of the gate as it was read")),
    responses((status = OK, body = GateView,
        description = "The gate, and the `epoch` that it applies from"), Problems))]
pub(super) async fn patch(
    State(ctx): State<Context>,
    caller: Caller<WriteGates>,
    Path(gate): Path<String>,
    if_match: IfMatch,
    Json(request): Json<GateChangeRequest>,
) -> Answer<Written<GateView>> {
    change(&ctx, &caller, &gate, &if_match, request.merge()?).await
}

/// Replace a gate
///
/// What is absent becomes what it is of a new gate, and a name there has to be; clients outside
/// `/v1` may send a part, which changes that part alone. `If-Match` is as for PATCH.
#[utoipa::path(put, path = "/gates/{gate}", tag = "gates",
    operation_id = "gates.replace_gate", request_body = GateChangeRequest,
    params(("gate" = String, Path, description = "The gate's id or name"),
        ("If-Match" = String, Header, description = "The `ETag` of the gate as it was read")),
    responses((status = OK, body = GateView,
        description = "The gate, and the `epoch` that it applies from"), Problems))]
pub(super) async fn put(
    State(ctx): State<Context>,
    caller: Caller<WriteGates>,
    mount: Mount,
    Path(gate): Path<String>,
    if_match: IfMatch,
    Json(request): Json<GateChangeRequest>,
) -> Answer<Written<GateView>> {
    let wanted = match mount {
        Mount::V1 => request.replace()?,
        Mount::Modei => request.merge()?,
    };
    change(&ctx, &caller, &gate, &if_match, wanted).await
}

async fn change(
    ctx: &Context,
    caller: &Caller<WriteGates>,
    gate: &str,
    if_match: &IfMatch,
    wanted: Wanted,
) -> Answer<Written<GateView>> {
    let of_version = |gate: &Gate| {
        let now = GateView::new(gate.clone(), &ctx.base_url);
        if_match.check(&ETag::of(&now))?;
        wanted.fits(gate, &now)?;
        Ok(wanted.changes.clone())
    };
    let (gate, epoch) = app::update_gate(ctx, caller, &gate_ref(gate)?, of_version).await?;
    Ok(Written::changed(epoch, GateView::new(gate, &ctx.base_url)))
}
