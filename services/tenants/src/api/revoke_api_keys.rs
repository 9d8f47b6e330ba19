use axum::extract::State;
use gw_kernel::{ApiKeyId, OperatorId};
use gw_web::{Answer, Caller, Json, Problems, Written, permissions::WriteApiKeys};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Context,
    api::view::ApiKeyView,
    app::revoke_api_keys::{self as revoke, Named},
    domain::ReasonText,
};

/// Which keys are revoked, and why: at least one key, or an operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocations {
    /// These keys, by their ids: at most 1,000.
    #[serde(default)]
    #[schema(max_items = 1000)]
    keys: Vec<ApiKeyId>,
    /// All keys of this operator.
    operator_id: Option<OperatorId>,
    /// Why, for the log: at most 1,000 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    reason: Option<ReasonText>,
}

/// Keys that are revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedApiKeys {
    /// Every key that was named, newest first.
    items: Vec<ApiKeyView>,
}

/// Revoke API keys
///
/// All of them, or, where one is not there or reaches further than the caller, none. Again is fine,
/// and keeps the first time and reason.
#[utoipa::path(post, path = "/v1/admin/api-keys/revoke", tag = "api-keys",
    request_body = Revocations, responses((status = OK, body = RevokedApiKeys,
        description = "The keys, and the `epoch` that it made"), Problems))]
pub(crate) async fn revoke_api_keys(
    State(ctx): State<Context>,
    caller: Caller<WriteApiKeys>,
    Json(body): Json<Revocations>,
) -> Answer<Written<RevokedApiKeys>> {
    let named = Named { keys: body.keys, operator: body.operator_id };
    let reason = body.reason.as_ref();
    let (keys, epoch) =
        revoke::revoke_api_keys(&ctx.db, &caller, caller.gates(), named, reason).await?;
    let now = ctx.clock.now();
    let items = keys.into_iter().map(|key| ApiKeyView::at(now, key)).collect();
    Ok(Written::changed(epoch, RevokedApiKeys { items }))
}
