use axum::extract::State;
use chrono::SecondsFormat;
use gw_web::{Answer, Caller, Json, Problems, Written, permissions::MintCapabilities};
use serde::Serialize;
use utoipa::ToSchema;

use super::mint_request::MintRequest;
use crate::{
    Context,
    app::{self, Minted},
};

/// A new capability. The token is shown here, once.
#[derive(Serialize, ToSchema)]
pub(super) struct MintAnswer {
    /// The token: `Authorization: Bearer` of the agent, or `capability` of a check.
    token: String,
    /// The token's id, for revoking it.
    jti: String,
    /// The agent.
    subject: String,
    /// When it ends (RFC 3339, in whole seconds), or empty where it does not.
    expires_at: String,
}

impl From<Minted> for MintAnswer {
    fn from(minted: Minted) -> Self {
        let written = |moment: chrono::DateTime<chrono::Utc>| {
            moment.to_rfc3339_opts(SecondsFormat::Secs, true)
        };
        let expires_at = minted.expires_at.map(written).unwrap_or_default();
        Self { token: minted.token, jti: minted.jti, subject: minted.subject, expires_at }
    }
}

/// Mint a capability
///
/// The token is bound to the caller's tenant and to the agent. Its holder can narrow it further,
/// offline, and never widen it.
#[utoipa::path(post, path = "/v1/admin/mint", tag = "capabilities", request_body = MintRequest,
    responses((status = OK, body = MintAnswer,
        description = "The capability, and `epoch`"), Problems))]
pub(super) async fn mint(
    State(ctx): State<Context>,
    caller: Caller<MintCapabilities>,
    Json(request): Json<MintRequest>,
) -> Answer<Written<MintAnswer>> {
    let (minted, epoch) = app::mint_capability(&ctx, &caller, request.accept()?).await?;
    Ok(Written::changed(epoch, minted.into()))
}
