use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use gw_kernel::TenantId;
use gw_web::{Answer, Caller, Json, Path, Problems, permissions::ReadLog};
use serde_json::Value;

use crate::{Context, app};

/// The log's public key
///
/// As a C2SP signed-note verifier key: what every checkpoint and receipt of the tenant verifies
/// with. The tenant by its full id; no authentication.
#[utoipa::path(get, path = "/v1/log/{tenant}/vkey", tag = "log",
    operation_id = "log.read_verifier_key",
    params(("tenant" = TenantId, Path, description = "The tenant's id")),
    responses((status = OK, body = String, content_type = "text/plain"), Problems))]
pub(super) async fn verifier_key(
    State(ctx): State<Context>,
    Path(tenant): Path<TenantId>,
) -> Answer<Response> {
    Ok(text(app::verifier_key(&ctx, tenant).await? + "\n"))
}

/// The log's newest checkpoint
///
/// A C2SP tlog-checkpoint, signed by the tenant's log key.
#[utoipa::path(get, path = "/v1/log/{tenant}/checkpoint", tag = "log",
    operation_id = "log.read_checkpoint",
    params(("tenant" = TenantId, Path, description = "The caller's tenant")),
    responses((status = OK, body = String, content_type = "text/plain"), Problems))]
pub(super) async fn checkpoint(
    State(ctx): State<Context>,
    caller: Caller<ReadLog>,
    Path(tenant): Path<TenantId>,
) -> Answer<Response> {
    Ok(text(app::checkpoint(&ctx, &caller, tenant).await?))
}

/// The tenant's public keys
///
/// A JWKS (RFC 7517, RFC 8037) with the log's key (`lk_...`) and those that have signed statements
/// of capabilities (`rk_...`). The tenant by its full id; no authentication.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/jwks.json", tag = "log",
    operation_id = "log.read_jwks",
    params(("tenant" = TenantId, Path, description = "The tenant's id")),
    responses((status = OK, body = Object), Problems))]
pub(super) async fn jwks(
    State(ctx): State<Context>,
    Path(tenant): Path<TenantId>,
) -> Answer<Json<Value>> {
    Ok(Json(app::jwks(&ctx, tenant).await?))
}

fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}
