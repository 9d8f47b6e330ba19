use axum::extract::State;
use gw_kernel::{TenantId, rfc3339};
use gw_web::{
    Answer, Caller, ETag, IfMatch, IfNoneMatch, Json, NotModified, Path, PlatformCaller, Problems,
    Tagged, Written,
    permissions::{ReadTenants, WriteTenants},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Context,
    app::limits,
    domain::{Limits, TenantLimits, TenantRef},
};

/// What a tenant may have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub(crate) struct LimitsView {
    /// The tenant.
    tenant_id: TenantId,
    /// Checks a second at each replica, by all of the tenant's callers together.
    checks_per_second: u32,
    /// Gates that are not archived.
    gates: u32,
    /// API keys that are neither revoked nor expired.
    api_keys: u32,
    /// Operators that are not suspended.
    operators: u32,
    /// For how many days decisions keep their records; the hashes of these stay.
    retention_days: u32,
    /// When they last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<&TenantLimits> for LimitsView {
    fn from(of: &TenantLimits) -> Self {
        let Limits { checks_per_second, gates, api_keys, operators, retention_days } = of.limits;
        Self {
            tenant_id: of.tenant,
            checks_per_second,
            gates,
            api_keys,
            operators,
            retention_days,
            updated_at: rfc3339(of.updated_at),
        }
    }
}

/// All of a tenant's limits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLimits {
    /// Checks a second at each replica, by all of the tenant's callers together.
    #[schema(minimum = 1, maximum = 10_000_000)]
    checks_per_second: u32,
    /// Gates that are not archived.
    #[schema(maximum = 1_000_000)]
    gates: u32,
    /// API keys that are neither revoked nor expired.
    #[schema(maximum = 1_000_000)]
    api_keys: u32,
    /// Operators that are not suspended.
    #[schema(maximum = 1_000_000)]
    operators: u32,
    /// For how many days decisions keep their records; the hashes of these stay.
    #[schema(minimum = 1, maximum = 36_500)]
    retention_days: u32,
}

/// Read a tenant's limits
#[utoipa::path(get, path = "/v1/admin/tenants/{tenant}/limits", tag = "limits",
    params(("tenant" = String, Path, description = "The tenant's id or name"), IfNoneMatch),
    responses((status = OK, body = LimitsView, description = "The limits"), NotModified, Problems))]
pub(crate) async fn read_tenant_limits(
    State(ctx): State<Context>,
    caller: PlatformCaller<ReadTenants>,
    Path(tenant): Path<TenantRef>,
    known: IfNoneMatch,
) -> Answer<Tagged<LimitsView>> {
    let found = limits::read_any(&ctx.db, &caller.actor, &tenant).await?;
    Ok(known.tagged(LimitsView::from(&found)))
}

/// Set a tenant's limits
///
/// All of them. What the tenant has beyond them stays. `If-Match` says which version is changed.
#[utoipa::path(put, path = "/v1/admin/tenants/{tenant}/limits", tag = "limits",
    params(("tenant" = String, Path, description = "The tenant's id or name"),
        ("If-Match" = String, Header, description = "The `ETag` of the limits as they were read")),
    request_body = NewLimits, responses((status = OK, body = LimitsView,
        description = "The limits, and the `epoch` that they made"), Problems))]
pub(crate) async fn set_tenant_limits(
    State(ctx): State<Context>,
    caller: PlatformCaller<WriteTenants>,
    Path(tenant): Path<TenantRef>,
    if_match: IfMatch,
    Json(body): Json<NewLimits>,
) -> Answer<Written<LimitsView>> {
    let NewLimits { checks_per_second, gates, api_keys, operators, retention_days } = body;
    let wanted = Limits { checks_per_second, gates, api_keys, operators, retention_days };
    let is_current = |now: &TenantLimits| if_match.check(&ETag::of(&LimitsView::from(now))).is_ok();
    let (set, epoch) = limits::set_any(&ctx.db, &caller.actor, &tenant, wanted, is_current).await?;
    Ok(Written::changed(epoch, LimitsView::from(&set)))
}

/// Read the limits of one's own tenant
#[utoipa::path(get, path = "/v1/admin/limits", tag = "limits", params(IfNoneMatch),
    responses((status = OK, body = LimitsView, description = "The limits"), NotModified, Problems))]
pub(crate) async fn read_limits(
    State(ctx): State<Context>,
    caller: Caller<ReadTenants>,
    known: IfNoneMatch,
) -> Answer<Tagged<LimitsView>> {
    Ok(known.tagged(LimitsView::from(&limits::read_own(&ctx.db, &caller).await?)))
}
