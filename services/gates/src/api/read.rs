use axum::extract::State;
use gw_web::{
    Answer, Caller, IfNoneMatch, NotModified, Path, Problems, Tagged, permissions::ReadGates,
};

use super::{gate_ref, view::GateView};
use crate::{Context, app};

/// Read a gate
///
/// By its id, or by its name in the caller's tenant.
#[utoipa::path(get, path = "/gates/{gate}", tag = "gates",
    operation_id = "gates.read_gate",
    params(("gate" = String, Path, description = "The gate's id or name"), IfNoneMatch),
    responses((status = OK, body = GateView), NotModified, Problems))]
pub(super) async fn read(
    State(ctx): State<Context>,
    caller: Caller<ReadGates>,
    Path(gate): Path<String>,
    known: IfNoneMatch,
) -> Answer<Tagged<GateView>> {
    let gate = app::read_gate(&ctx, &caller, &gate_ref(&gate)?).await?;
    Ok(known.tagged(GateView::new(gate, &ctx.base_url)))
}
