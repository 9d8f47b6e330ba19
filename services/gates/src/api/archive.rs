use axum::extract::State;
use gw_kernel::Text;
use gw_web::{
    Answer, Caller, ETag, IfMatch, Json, Path, Problems, Written, permissions::DeleteGates,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{gate_ref, view::GateView};
use crate::{
    Context, app,
    domain::{Gate, GateState},
};

/// Why a gate is archived or restored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GateReason {
    /// In the operator's words; at most 1,000 bytes.
    reason: Option<Text<0, 1000>>,
}

/// Archive a gate
///
/// It answers no checks and takes no changes from here on: 410. It stays readable, its name stays
/// taken, and its key pairs stay published: what they signed verifies. Again is fine.
#[utoipa::path(delete, path = "/gates/{gate}", tag = "gates",
    operation_id = "gates.archive_gate", request_body = GateReason,
    params(("gate" = String, Path, description = "The gate's id or name"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the gate, where only that version is meant")),
    responses((status = OK, body = GateView,
        description = "The gate, `deleted`, and the `epoch` that it applies from"), Problems))]
pub(super) async fn archive(
    State(ctx): State<Context>,
    caller: Caller<DeleteGates>,
    Path(gate): Path<String>,
    if_match: Option<IfMatch>,
    Json(request): Json<GateReason>,
) -> Answer<Written<GateView>> {
    let wanted = (GateState::Archived, request);
    Ok(become_state(&ctx, &caller, &gate, if_match, wanted).await?.with("deleted", true))
}

/// Restore a gate
///
/// It answers checks again, as it was when it was archived. Again is fine.
#[utoipa::path(post, path = "/gates/{gate}/restore", tag = "gates",
    operation_id = "gates.restore_gate", request_body = GateReason,
    params(("gate" = String, Path, description = "The gate's id or name"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the gate, where only that version is meant")),
    responses((status = OK, body = GateView,
        description = "The gate, and the `epoch` that it applies from"), Problems))]
pub(super) async fn restore(
    State(ctx): State<Context>,
    caller: Caller<DeleteGates>,
    Path(gate): Path<String>,
    if_match: Option<IfMatch>,
    Json(request): Json<GateReason>,
) -> Answer<Written<GateView>> {
    become_state(&ctx, &caller, &gate, if_match, (GateState::Active, request)).await
}

async fn become_state(
    ctx: &Context,
    caller: &Caller<DeleteGates>,
    gate: &str,
    if_match: Option<IfMatch>,
    (state, request): (GateState, GateReason),
) -> Answer<Written<GateView>> {
    let reason = request.reason.map(Text::into_string).filter(|text| !text.is_empty());
    let of_version = |gate: &Gate| {
        let now = || ETag::of(&GateView::new(gate.clone(), &ctx.base_url));
        Ok(if_match.map_or(Ok(()), |if_match| if_match.check(&now()))?)
    };
    let gate = gate_ref(gate)?;
    let (gate, epoch) = app::archive_gate(ctx, caller, &gate, (state, reason), of_version).await?;
    Ok(Written::changed(epoch, GateView::new(gate, &ctx.base_url)))
}
