use axum::{Json as Body, extract::State, response::Response};
use gw_kernel::Text;
use gw_web::{
    Answer, AnyCaller, CountQuery, ETag, IfMatch, IfNoneMatch, Json, NotModified, PageQuery, Path,
    PlatformCaller, Problems, Query, Tagged, Written,
    permissions::{ReadTenants, WriteTenants},
};
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Context,
    api::{
        WithKey, created_with_key,
        view::{TenantList, TenantView},
    },
    app::{create_tenant as create, read_tenants as read, update_tenant as update},
    domain::{Name, Tenant, TenantAlias, TenantRef, TenantState, check_gates},
    store::tenants::TenantFilter,
};

/// A tenant that does not exist yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenant {
    /// What people call it.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Name,
    /// A name that is accepted in place of its id.
    tenant_id: Option<TenantAlias>,
}

/// Create a tenant
///
/// It has a data key, a log, and a first key that may do everything: `api_key`, shown once.
#[utoipa::path(post, path = "/v1/admin/tenants", tag = "tenants", request_body = NewTenant,
    responses((status = CREATED, body = WithKey<TenantView>,
        description = "The tenant, its secret text, and the `epoch` that it made"), Problems))]
pub(crate) async fn create_tenant(
    State(ctx): State<Context>,
    caller: PlatformCaller<WriteTenants>,
    Json(body): Json<NewTenant>,
) -> Answer<Response> {
    let alias = body.tenant_id.as_ref();
    let made = create::create_tenant(
        &ctx.db,
        &ctx.issuer_host,
        &ctx.new_tenant_limits,
        &caller.actor,
        &body.name,
        alias,
    )
    .await?;
    let location = format!("/v1/admin/tenants/{}", made.tenant.id);
    Ok(created_with_key(made.epoch, location, TenantView::from(&made.tenant), &made.api_key))
}

/// Which tenants are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantQuery {
    /// Only those in this state.
    state: Option<TenantState>,
    /// Only those whose name contains this text, in any case.
    #[param(value_type = Option<String>)]
    name_contains: Option<Text<1, 200>>,
}

/// List tenants
///
/// A platform key sees all of them; a tenant's key sees its own.
#[utoipa::path(get, path = "/v1/admin/tenants", tag = "tenants", 
    params(TenantQuery, PageQuery, CountQuery),
    responses((status = OK, body = TenantList,
        description = "A part of the list, newest first"), Problems))]
pub(crate) async fn list_tenants(
    State(ctx): State<Context>,
    caller: AnyCaller<ReadTenants>,
    Query(query): Query<TenantQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Body<TenantList>> {
    let name_contains = query.name_contains.map(Text::into_string);
    let filter = TenantFilter { state: query.state, name_contains };
    let (page, counted) = (page.request(), count.is_wanted());
    let tenants = match caller {
        AnyCaller::Platform(caller) => {
            read::list_all(&ctx.db, &caller.actor, &filter, page, counted).await?
        }
        AnyCaller::Tenant(caller) => {
            read::list_own(&ctx.db, &caller, &filter, page, counted).await?
        }
    };
    Ok(Body(tenants.into()))
}

/// Read a tenant
///
/// By its id or its name. A tenant's key reads its own.
#[utoipa::path(get, path = "/v1/admin/tenants/{tenant}", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or name"), IfNoneMatch),
    responses((status = OK, body = TenantView,
        description = "The tenant"), NotModified, Problems))]
pub(crate) async fn read_tenant(
    State(ctx): State<Context>,
    caller: AnyCaller<ReadTenants>,
    Path(tenant): Path<TenantRef>,
    known: IfNoneMatch,
) -> Answer<Tagged<TenantView>> {
    let found = match caller {
        AnyCaller::Platform(caller) => read::read_any(&ctx.db, &caller.actor, &tenant).await?,
        AnyCaller::Tenant(caller) => read::read_own(&ctx.db, &caller, &tenant).await?,
    };
    Ok(known.tagged(TenantView::from(&found)))
}

/// What is to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantPatch {
    /// What people call it.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name: Option<Name>,
    /// The gate, by id or name, of paths that name none; null goes back to the first gate.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    default_gate_id: Option<Option<String>>,
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Change a tenant
///
/// Its name, or its default gate. `If-Match` says which version is changed.
#[utoipa::path(patch, path = "/v1/admin/tenants/{tenant}", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or name"),
        ("If-Match" = String, Header, description = "The `ETag` of the tenant as it was read")),
    request_body = TenantPatch, responses((status = OK, body = TenantView,
        description = "The tenant, and the `epoch` that it made"), Problems))]
pub(crate) async fn update_tenant(
    State(ctx): State<Context>,
    caller: AnyCaller<WriteTenants>,
    Path(tenant): Path<TenantRef>,
    if_match: IfMatch,
    Json(patch): Json<TenantPatch>,
) -> Answer<Written<TenantView>> {
    let changes = update::TenantChanges { name: patch.name, default_gate: patch.default_gate_id };
    let is_current = |now: &Tenant| if_match.check(&ETag::of(&TenantView::from(now))).is_ok();
    let (changed, epoch) = match caller {
        AnyCaller::Platform(caller) => {
            update::update_any(&ctx.db, &caller.actor, &tenant, changes, is_current).await?
        }
        AnyCaller::Tenant(caller) => {
            check_gates(caller.gates(), None)?;
            update::update_own(&ctx.db, &caller, &tenant, changes, is_current).await?
        }
    };
    Ok(Written::changed(epoch, TenantView::from(&changed)))
}
