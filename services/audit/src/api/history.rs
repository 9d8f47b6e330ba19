use axum::{Json, extract::State};
use gw_kernel::{ApiKeyId, OperatorId, TenantId};
use gw_web::{
    Answer, AnyCaller, Caller, CountQuery, PageQuery, Path, Problems, Query, permissions::ReadLog,
};

use super::{
    filter::{HistoryQuery, ObjectQuery},
    view::HistoryView,
};
use crate::{
    Context,
    app::{self, Part},
    domain::ChangeFilter,
    query_error::QueryError,
};

/// Read the history of the tenant, or of any object
///
/// The administrative entries of its log that are about the object or have to do with it, newest
/// first. A platform key that names no tenant reads the platform's own.
#[utoipa::path(get, path = "/v1/admin/history", tag = "history",
    operation_id = "history.list", params(ObjectQuery, HistoryQuery, PageQuery, CountQuery),
    responses((status = OK, body = HistoryView), Problems))]
pub(super) async fn history(
    State(ctx): State<Context>,
    caller: AnyCaller<ReadLog>,
    Query(object): Query<ObjectQuery>,
    Query(query): Query<HistoryQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Json<HistoryView>> {
    let filter = ChangeFilter { object: object.into_object(), ..query.try_into()? };
    let part = part(page, count);
    let history = match caller {
        AnyCaller::Platform(caller) => {
            app::history_of_platform(&ctx.db, &caller, filter, part).await?
        }
        AnyCaller::Tenant(caller) => app::history(&ctx.db, &caller, filter, part).await?,
    };
    Ok(Json(history.into()))
}

/// Read a gate's history
///
/// What was done to it, its key pairs and its kill switches, newest first; also when it is archived.
#[utoipa::path(get, path = "/v1/gates/{gate}/history", tag = "history",
    operation_id = "history.of_gate",
    params(("gate" = String, Path, description = "The gate's id or name"), HistoryQuery, PageQuery,
        CountQuery),
    responses((status = OK, body = HistoryView), Problems))]
pub(super) async fn of_gate(
    State(ctx): State<Context>,
    caller: Caller<ReadLog>,
    Path(gate): Path<String>,
    Query(query): Query<HistoryQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Json<HistoryView>> {
    let filter = query.try_into()?;
    let history = app::history_of_gate(&ctx.db, &caller, &gate, filter, part(page, count)).await?;
    Ok(Json(history.into()))
}

/// Read an API key's history
///
/// Newest first; also when it is revoked. Its secrets are in no log.
#[utoipa::path(get, path = "/v1/admin/api-keys/{key}/history", tag = "history",
    operation_id = "history.of_api_key",
    params(("key" = ApiKeyId, Path, description = "The key's id"), HistoryQuery, PageQuery,
        CountQuery),
    responses((status = OK, body = HistoryView), Problems))]
pub(super) async fn of_api_key(
    State(ctx): State<Context>,
    caller: Caller<ReadLog>,
    Path(key): Path<ApiKeyId>,
    Query(query): Query<HistoryQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Json<HistoryView>> {
    of_object(&ctx, &caller, key.to_string(), query, part(page, count)).await
}

/// Read an operator's history
///
/// What was done to the operator and to their API keys, newest first.
#[utoipa::path(get, path = "/v1/admin/operators/{operator}/history", tag = "history",
    operation_id = "history.of_operator",
    params(("operator" = OperatorId, Path, description = "The operator's id"), HistoryQuery,
        PageQuery, CountQuery),
    responses((status = OK, body = HistoryView), Problems))]
pub(super) async fn of_operator(
    State(ctx): State<Context>,
    caller: Caller<ReadLog>,
    Path(operator): Path<OperatorId>,
    Query(query): Query<HistoryQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Json<HistoryView>> {
    of_object(&ctx, &caller, operator.to_string(), query, part(page, count)).await
}

/// Read a tenant's history
///
/// What was done to the tenant itself, its log and its keys, newest first. A tenant's key reads its
/// own, by its id or its name; a platform key reads any, by its id.
#[utoipa::path(get, path = "/v1/admin/tenants/{tenant}/history", tag = "history",
    operation_id = "history.of_tenant",
    params(("tenant" = String, Path, description = "The tenant's id; one's own also by its name"),
        HistoryQuery, PageQuery, CountQuery),
    responses((status = OK, body = HistoryView), Problems))]
pub(super) async fn of_tenant(
    State(ctx): State<Context>,
    caller: AnyCaller<ReadLog>,
    Path(tenant): Path<String>,
    Query(query): Query<HistoryQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Json<HistoryView>> {
    let (filter, part) = (query.try_into()?, part(page, count));
    let history = match caller {
        AnyCaller::Platform(caller) => {
            let tenant: TenantId = tenant.parse().map_err(|_| QueryError::NoTenant)?;
            app::history_of_any(&ctx.db, &caller.actor, tenant, filter, part).await?
        }
        AnyCaller::Tenant(caller) => {
            app::history_of_own(&ctx.db, &caller, &tenant, filter, part).await?
        }
    };
    Ok(Json(history.into()))
}

async fn of_object(
    ctx: &Context,
    caller: &Caller<ReadLog>,
    object: String,
    query: HistoryQuery,
    part: Part,
) -> Answer<Json<HistoryView>> {
    let history = app::history_of(&ctx.db, caller, object, query.try_into()?, part).await?;
    Ok(Json(history.into()))
}

const fn part(page: PageQuery, count: CountQuery) -> Part {
    Part { page: page.request(), counted: count.is_wanted() }
}
