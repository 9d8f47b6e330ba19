use axum::{Json as PlainJson, extract::State};
use chrono::{DateTime, TimeDelta, Utc};
use gw_kernel::{Page, RootKeyId, Text, rfc3339};
use gw_web::{
    Answer, Caller, CountQuery, Counted, Json, PageQuery, Path, Problems, Query, Written,
    permissions::{ReadKeypairs, WriteKeypairs},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Context, app,
    domain::{RootKey, RootKeyState},
    error::CapabilityError,
};

/// How long the key before stays good where a rotation does not say: a day.
const DEFAULT_OVERLAP_SECONDS: i64 = 86_400;
/// The longest overlap: ten years.
const MAX_OVERLAP_SECONDS: i64 = 315_576_000;

/// A key that capabilities are made under. Its secret is nowhere to be seen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RootKeyView {
    /// Its id: `kid` of tokens and of their statements.
    key_id: RootKeyId,
    /// `active`, `retiring` or `retired`.
    state: RootKeyState,
    /// The Ed25519 public key (RFC 8032) of statements, base64. In the tenant's JWKS for good.
    public_key: Option<String>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// From when on nothing of it is accepted (RFC 3339); null for the active key.
    accepted_until: Option<String>,
}

impl RootKeyView {
    fn new(key: &RootKey, now: DateTime<Utc>) -> Self {
        Self {
            key_id: key.id,
            state: key.state(now),
            public_key: key.statement_key().map(|key| key.to_base64()),
            created_at: rfc3339(key.created_at),
            accepted_until: key.accepted_until.map(rfc3339),
        }
    }
}

/// One part of the list of root keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RootKeyPage {
    /// Newest first.
    items: Vec<RootKeyView>,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
    #[serde(flatten)]
    counted: Counted,
}

/// Which root keys are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RootKeysQuery {
    /// Only those in this state.
    state: Option<RootKeyState>,
}

/// How to rotate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateRequest {
    /// How long what was minted before stays good; a day when absent, at most ten years. At 0
    /// nothing of it is accepted any more.
    #[schema(minimum = 0)]
    overlap_seconds: Option<i64>,
    /// Why, in your own words. At most 1,000 bytes.
    reason: Option<Text<0, 1000>>,
}

/// Why a key is retired.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetireRequest {
    /// In your own words. At most 1,000 bytes.
    reason: Option<Text<0, 1000>>,
}

/// List root keys
///
/// Newest first. Retired ones stay: what they stated still verifies.
#[utoipa::path(get, path = "/v1/admin/root-keys", tag = "capabilities",
    operation_id = "capabilities.list_root_keys",
    params(PageQuery, CountQuery, RootKeysQuery), responses((status = OK, body = RootKeyPage), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadKeypairs>,
    page: PageQuery,
    count: CountQuery,
    Query(query): Query<RootKeysQuery>,
) -> Answer<PlainJson<RootKeyPage>> {
    let (page, counted) = (page.request(), count.is_wanted());
    let listed = app::list_root_keys(&ctx, &caller, page, query.state, counted).await?;
    let Page { items, next_cursor } = listed.keys.map(|key| RootKeyView::new(&key, listed.now));
    Ok(PlainJson(RootKeyPage { items, next_cursor, counted: listed.count.into() }))
}

/// Rotate the root key
///
/// What is minted from now on is made under a new key. What was minted before stays good until the
/// overlap ends, or the key before is retired.
#[utoipa::path(post, path = "/v1/admin/root-keys/rotate", tag = "capabilities",
    operation_id = "capabilities.rotate_root_key", request_body = RotateRequest,
    responses((status = OK, body = RootKeyView,
        description = "The new key, and `epoch`"), Problems))]
pub(super) async fn rotate(
    State(ctx): State<Context>,
    caller: Caller<WriteKeypairs>,
    Json(request): Json<RotateRequest>,
) -> Answer<Written<RootKeyView>> {
    let (member, limit) = ("overlap_seconds", MAX_OVERLAP_SECONDS);
    let seconds = request.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECONDS);
    if seconds < 0 {
        return Err(CapabilityError::Negative(member).into());
    }
    let overlap = TimeDelta::try_seconds(seconds).filter(|_| seconds <= limit);
    let overlap = overlap.ok_or(CapabilityError::TooLarge { member, limit })?;
    let reason = request.reason.map(Text::into_string);
    let (key, epoch) = app::rotate_root_key(&ctx, &caller, overlap, reason).await?;
    Ok(Written::changed(epoch, RootKeyView::new(&key, key.created_at)))
}

/// Retire a root key
///
/// Nothing that was minted under it is accepted any more, by any check that begins after the
/// answer. The active key cannot be retired; rotate first.
#[utoipa::path(post, path = "/v1/admin/root-keys/{key}/retire", tag = "capabilities",
    operation_id = "capabilities.retire_root_key",
    params(("key" = RootKeyId, Path, description = "The key's id")), request_body = RetireRequest,
    responses((status = OK, body = RootKeyView,
        description = "The key, and `epoch`"), Problems))]
pub(super) async fn retire(
    State(ctx): State<Context>,
    caller: Caller<WriteKeypairs>,
    Path(key): Path<RootKeyId>,
    Json(request): Json<RetireRequest>,
) -> Answer<Written<RootKeyView>> {
    let reason = request.reason.map(Text::into_string);
    let (key, epoch) = app::retire_root_key(&ctx, &caller, key, reason).await?;
    let ended = key.accepted_until.unwrap_or(key.created_at);
    Ok(Written::changed(epoch, RootKeyView::new(&key, ended)))
}
