use axum::extract::State;
use gw_contracts::LogRegressionAcknowledgedV1;
use gw_kernel::{LogKeyId, TenantId};
use gw_web::{Answer, Json, Path, PlatformCaller, Problems, Written, permissions::WriteTenants};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Context,
    app::acknowledge_regression::acknowledge_regression as acknowledge,
    domain::{KnownCheckpoint, ReasonText, TenantRef},
};

/// Why a log that lost entries may go on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    /// Why, for the log: at most 1,000 bytes.
    #[schema(value_type = String, min_length = 1, max_length = 1000)]
    reason: ReasonText,
    /// The last checkpoint that is known of what was lost, as the alert or a receipt names it.
    #[schema(value_type = Option<LostCheckpointView>)]
    lost: Option<KnownCheckpoint>,
}

/// A checkpoint of a log that was lost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LostCheckpoint)]
pub(crate) struct LostCheckpointView {
    /// The log's size: over zero.
    #[schema(minimum = 1)]
    size: i64,
    /// Its root hash (RFC 6962): 32 bytes, base64.
    root: String,
}

/// How a log goes on that lost entries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogContinuation)]
pub(crate) struct ContinuationView {
    /// The tenant.
    tenant_id: TenantId,
    /// How many entries are left, and where the acknowledgement stands.
    kept_size: i64,
    /// The log's origin from here on.
    log_origin: String,
    /// The origin that what was lost bears.
    previous_origin: String,
    /// The key that signs from here on: `kid` in the tenant's JWKS.
    key_id: LogKeyId,
    /// The public key, as C2SP tools take it.
    vkey: String,
}

impl From<LogRegressionAcknowledgedV1> for ContinuationView {
    fn from(event: LogRegressionAcknowledgedV1) -> Self {
        Self {
            tenant_id: event.tenant_id,
            kept_size: event.kept_size,
            log_origin: event.log_origin,
            previous_origin: event.previous_origin,
            key_id: event.active.key_id,
            vkey: event.active.vkey,
        }
    }
}

/// Acknowledge that a log lost entries
///
/// After a fail-over to a database that lacks the newest entries, checks of the tenant answer 503
/// `log.regressed` on every replica that knows of them. From this call on they are decided again,
/// from what the database has. The log goes on under a new origin and a new key, so that receipts
/// of what was lost are none of its own.
#[utoipa::path(post, path = "/v1/admin/tenants/{tenant}/log/acknowledge-regression",
    tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or name")),
    request_body = Acknowledgement, responses((status = OK, body = ContinuationView,
        description = "How the log goes on, and the `epoch` that it made"), Problems))]
pub(crate) async fn acknowledge_regression(
    State(ctx): State<Context>,
    caller: PlatformCaller<WriteTenants>,
    Path(tenant): Path<TenantRef>,
    Json(body): Json<Acknowledgement>,
) -> Answer<Written<ContinuationView>> {
    let lost = body.lost.map(Into::into);
    let Context { db, issuer_host, .. } = &ctx;
    let (event, epoch) =
        acknowledge(db, issuer_host, &caller.actor, &tenant, body.reason, lost).await?;
    Ok(Written::changed(epoch, ContinuationView::from(event)))
}
