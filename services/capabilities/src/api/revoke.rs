use axum::extract::State;
use gw_kernel::{RevocationId, Text, rfc3339};
use gw_web::{Answer, Caller, Json, Problems, Written, permissions::RevokeCapabilities};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Context, app,
    domain::{Kind, MAX_ID_BYTES, MAX_TOGETHER, Revocation, RevokeOrder, Selected},
    error::CapabilityError,
};

/// What is refused from now on: at least one thing, and at most 1,000 together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeRequest {
    /// A token's id: any text of at most 256 bytes. What was attenuated from it goes with it.
    jti: Option<Text<0, 256>>,
    /// More tokens' ids.
    jtis: Option<Vec<Text<0, 256>>>,
    /// The id of the root of a chain: every token that came of it.
    root_jti: Option<Text<0, 256>>,
    /// An agent: everything that was minted for it before this revocation. What is minted for it
    /// later is good.
    subject: Option<Text<0, 512>>,
    /// A hop id: every token whose chain passes through it, and neither its parent nor its siblings.
    hop_id: Option<Text<0, 256>>,
    /// Why, in your own words. At most 1,000 bytes.
    reason: Option<Text<0, 1000>>,
}

/// What was revoked, when, and why: the first time, where it happened more than once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevokeAnswer {
    /// Always true.
    ok: bool,
    /// The token's id, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// The id of the root, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_jti: Option<String>,
    /// The agent, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The hop id, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    hop_id: Option<String>,
    /// The revocation, which the log and the list name too.
    revocation_id: RevocationId,
    /// How many things are refused by it or an earlier one.
    count: usize,
    /// When it was first revoked (RFC 3339).
    revoked_at: String,
    /// Why it was first revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When what is refused ends by itself (RFC 3339), where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl RevokeRequest {
    fn accept(self) -> Result<RevokeOrder, CapabilityError> {
        let mut selected: Vec<Selected> = Vec::new();
        let mut add = |kind, id: String| {
            if !id.is_empty() {
                selected.push(Selected { kind, id });
            }
        };
        for jti in self.jti.into_iter().chain(self.jtis.unwrap_or_default()) {
            add(Kind::Jti, jti.into_string());
        }
        self.root_jti.into_iter().for_each(|id| add(Kind::Root, id.into_string()));
        self.subject.into_iter().for_each(|id| add(Kind::Subject, id.into_string()));
        self.hop_id.into_iter().for_each(|id| add(Kind::Hop, id.into_string()));
        let bytes: usize = selected.iter().map(|selected| selected.id.len()).sum();
        if selected.is_empty() {
            return Err(CapabilityError::Required("jti"));
        }
        if selected.len() > MAX_TOGETHER || bytes > MAX_ID_BYTES {
            return Err(CapabilityError::TooManyIds);
        }
        let mut seen = std::collections::BTreeSet::new();
        selected.retain(|one| seen.insert(one.clone()));
        let reason = self.reason.map(Text::into_string).filter(|reason| !reason.is_empty());
        Ok(RevokeOrder { selected, reason })
    }
}

impl RevokeAnswer {
    /// Tells of the newest of these.
    fn new(revocations: Vec<Revocation>) -> Option<Self> {
        let named = |kind| {
            let own = revocations.iter().find(|one| one.selected.kind == kind)?;
            Some(own.selected.id.clone())
        };
        let newest = revocations.iter().max_by_key(|one| one.revocation_id)?;
        Some(Self {
            ok: true,
            jti: named(Kind::Jti),
            root_jti: named(Kind::Root),
            subject: named(Kind::Subject),
            hop_id: named(Kind::Hop),
            revocation_id: newest.revocation_id,
            count: revocations.len(),
            revoked_at: rfc3339(newest.revoked_at),
            reason: newest.reason.clone(),
            expires_at: newest.expires_at.map(rfc3339),
        })
    }
}

/// Revoke capabilities
///
/// They are refused, in the caller's tenant, by every check that begins after the answer. Doing it
/// again changes nothing, except for an agent that was given something since.
#[utoipa::path(post, path = "/v1/admin/revoke", tag = "capabilities", request_body = RevokeRequest,
    responses((status = OK, body = RevokeAnswer,
        description = "The revocation, and `epoch`"), Problems))]
pub(super) async fn revoke(
    State(ctx): State<Context>,
    caller: Caller<RevokeCapabilities>,
    Json(request): Json<RevokeRequest>,
) -> Answer<Written<RevokeAnswer>> {
    let (revocations, epoch) = app::revoke_capability(&ctx, &caller, request.accept()?).await?;
    let answer = RevokeAnswer::new(revocations).ok_or(CapabilityError::RevokedMeanwhile)?;
    Ok(Written::changed(epoch, answer))
}
