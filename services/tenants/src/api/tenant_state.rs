use axum::extract::State;
use gw_web::{Answer, Json, Path, PlatformCaller, Problems, Written, permissions::WriteTenants};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Context,
    api::view::TenantView,
    app::suspend_tenant::set_state,
    domain::{ReasonText, TenantRef, TenantState},
};

/// Why a tenant is suspended or resumed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateChange {
    /// Why, for the log: at most 1,000 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    reason: Option<ReasonText>,
}

/// Suspend a tenant
///
/// Its calls are refused from the next one on. Again is fine.
#[utoipa::path(post, path = "/v1/admin/tenants/{tenant}/suspend", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or name")),
    request_body = StateChange, responses((status = OK, body = TenantView,
        description = "The tenant, and the `epoch` that it made"), Problems))]
pub(crate) async fn suspend_tenant(
    State(ctx): State<Context>,
    caller: PlatformCaller<WriteTenants>,
    Path(tenant): Path<TenantRef>,
    Json(body): Json<StateChange>,
) -> Answer<Written<TenantView>> {
    let state = TenantState::Suspended;
    let (tenant, epoch) = set_state(&ctx.db, &caller.actor, &tenant, state, body.reason).await?;
    Ok(Written::changed(epoch, TenantView::from(&tenant)))
}

/// Resume a tenant
///
/// Its calls are decided again from the next one on. Again is fine.
#[utoipa::path(post, path = "/v1/admin/tenants/{tenant}/resume", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or name")),
    request_body = StateChange, responses((status = OK, body = TenantView,
        description = "The tenant, and the `epoch` that it made"), Problems))]
pub(crate) async fn resume_tenant(
    State(ctx): State<Context>,
    caller: PlatformCaller<WriteTenants>,
    Path(tenant): Path<TenantRef>,
    Json(body): Json<StateChange>,
) -> Answer<Written<TenantView>> {
    let state = TenantState::Active;
    let (tenant, epoch) = set_state(&ctx.db, &caller.actor, &tenant, state, body.reason).await?;
    Ok(Written::changed(epoch, TenantView::from(&tenant)))
}
