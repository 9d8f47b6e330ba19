use axum::extract::State;
use gw_web::{Answer, Caller, Json, Problems, Written, permissions::CreateGates};

use super::{request::NewGateRequest, view::GateView};
use crate::{Context, app};

/// Create a gate
///
/// It answers checks at once, with a signing key pair of its own.
#[utoipa::path(post, path = "/gates", tag = "gates",
    operation_id = "gates.create_gate", request_body = NewGateRequest,
    responses((status = CREATED, body = GateView,
        description = "The gate, and `epoch`: the position of the log that it stands behind"), Problems))]
pub(super) async fn create(
    State(ctx): State<Context>,
    caller: Caller<CreateGates>,
    Json(request): Json<NewGateRequest>,
) -> Answer<Written<GateView>> {
    let (gate, epoch) = app::create_gate(&ctx, &caller, request.accept()?).await?;
    let location = format!("/v1/gates/{}", gate.id);
    Ok(Written::created(epoch, location, GateView::new(gate, &ctx.base_url)))
}
