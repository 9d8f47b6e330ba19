use axum::extract::State;
use gw_kernel::{LogKeyId, TenantId};
use gw_web::{Answer, Json, Path, PlatformCaller, Problems, Written, permissions::WriteTenants};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Context,
    app::rotate_log_key::{RotatedLogKey, rotate_log_key as rotate},
    domain::TenantRef,
};

/// Nothing can be said of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogKeyRotation {}

/// The key that signs the checkpoints of a tenant's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogKey)]
pub(crate) struct LogKeyView {
    /// The tenant.
    tenant_id: TenantId,
    /// The key's id: `kid` in the tenant's JWKS.
    key_id: LogKeyId,
    /// The public key, as C2SP tools take it.
    vkey: String,
    /// The first size of the log that it signs.
    signs_from: i64,
    /// The key that signed the sizes before.
    previous_key_id: LogKeyId,
}

impl From<RotatedLogKey> for LogKeyView {
    fn from(rotated: RotatedLogKey) -> Self {
        Self {
            tenant_id: rotated.tenant,
            key_id: rotated.active.key_id,
            vkey: rotated.active.vkey,
            signs_from: rotated.active.signs_from,
            previous_key_id: rotated.previous.key_id,
        }
    }
}

/// Rotate a log's key
///
/// The new key signs every checkpoint that has the rotation's own entry in it, and the old one
/// none of those. The origin stays; old keys stay in the tenant's JWKS, for old receipts.
#[utoipa::path(post, path = "/v1/admin/tenants/{tenant}/log-key/rotate", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or name")),
    request_body = LogKeyRotation, responses((status = CREATED, body = LogKeyView,
        description = "The new key, and the `epoch` that it made"), Problems))]
pub(crate) async fn rotate_log_key(
    State(ctx): State<Context>,
    caller: PlatformCaller<WriteTenants>,
    Path(tenant): Path<TenantRef>,
    Json(LogKeyRotation {}): Json<LogKeyRotation>,
) -> Answer<Written<LogKeyView>> {
    let (rotated, epoch) = rotate(&ctx.db, &caller.actor, &tenant).await?;
    let location = format!("/v1/log/{}/vkey", rotated.tenant);
    Ok(Written::created(epoch, location, LogKeyView::from(rotated)))
}
