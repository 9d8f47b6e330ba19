use axum::extract::State;
use gw_kernel::{Text, rfc3339};
use gw_web::{Answer, Caller, Json, Problems, Written, permissions::RevokeCapabilities};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Context, app, error::CapabilityError};

/// Which token is refused from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeRequest {
    /// The token's id: any text of at most 256 bytes. What was attenuated from it goes with it.
    #[schema(required = true, nullable = false)]
    jti: Option<Text<0, 256>>,
    /// Why, in your own words. At most 1,000 bytes.
    reason: Option<Text<0, 1000>>,
    /// Not supported yet.
    jtis: Option<Value>,
    /// Not supported yet.
    root_jti: Option<Value>,
    /// Not supported yet.
    subject: Option<Value>,
    /// Not supported yet.
    hop_id: Option<Value>,
}

/// What was revoked, when, and why: the first time, where it happened more than once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevokeAnswer {
    /// Always true.
    ok: bool,
    /// The token's id.
    jti: String,
    /// When it was first revoked (RFC 3339).
    revoked_at: String,
    /// Why it was first revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl RevokeRequest {
    fn accept(self) -> Result<(String, Option<String>), CapabilityError> {
        let selectors = [
            ("jtis", self.jtis),
            ("root_jti", self.root_jti),
            ("subject", self.subject),
            ("hop_id", self.hop_id),
        ];
        if let Some((member, _)) = selectors.iter().find(|(_, value)| value.is_some()) {
            return Err(CapabilityError::NotSupported(member));
        }
        let jti = self.jti.map(Text::into_string).filter(|jti| !jti.is_empty());
        let reason = self.reason.map(Text::into_string).filter(|reason| !reason.is_empty());
        Ok((jti.ok_or(CapabilityError::Required("jti"))?, reason))
    }
}

/// Revoke a capability
///
/// It is refused, in the caller's tenant, by every check that begins after the answer. Doing it
/// again changes nothing.
#[utoipa::path(post, path = "/v1/admin/revoke", tag = "capabilities", request_body = RevokeRequest,
    responses((status = OK, body = RevokeAnswer,
        description = "The revocation, and `epoch`"), Problems))]
pub(super) async fn revoke(
    State(ctx): State<Context>,
    caller: Caller<RevokeCapabilities>,
    Json(request): Json<RevokeRequest>,
) -> Answer<Written<RevokeAnswer>> {
    let (jti, reason) = request.accept()?;
    let (revocation, epoch) = app::revoke_capability(&ctx, &caller, jti, reason).await?;
    let answer = RevokeAnswer {
        ok: true,
        jti: revocation.jti,
        revoked_at: rfc3339(revocation.revoked_at),
        reason: revocation.reason,
    };
    Ok(Written::changed(epoch, answer))
}
