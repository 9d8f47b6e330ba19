use axum::{Json as Body, extract::State, response::Response};
use chrono::{DateTime, Utc};
use gw_kernel::{ApiKeyId, OperatorId, Overlap, ScopeSet, Text};
use gw_web::{
    Answer, Caller, CountQuery, IfNoneMatch, Json, NotModified, PageQuery, Path, Problems, Query,
    Tagged, Written,
    permissions::{ReadApiKeys, WriteApiKeys},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Context,
    api::{Listed, WithKey, changed_with_key, created_with_key, listed, view::ApiKeyView},
    app::{
        create_api_key as create, read_api_keys as read, revoke_api_key as revoke,
        rotate_api_key as rotate,
    },
    domain::{ChecksPerMinute, KeyKind, KeyState, Name, ReasonText},
    store::api_keys::KeyFilter,
};

/// A key that does not exist yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What it is for.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Name,
    /// What it may do; none that the caller lacks.
    scopes: ScopeSet,
    /// When it ends by itself.
    expires_at: Option<DateTime<Utc>>,
    /// Whose it is; a machine's own when absent.
    operator_id: Option<OperatorId>,
    /// The gates, by id or name, that it is limited to; every gate when absent.
    #[schema(min_items = 1, max_items = 1000)]
    gates: Option<Vec<String>>,
    /// How many checks it may ask for in a minute, at each replica: so many at once, and as many a
    /// minute from then on. The installation's default when absent. Limits that hold across all
    /// replicas are those of capabilities.
    checks_per_minute: Option<ChecksPerMinute>,
}

/// Create an API key
///
/// `api_key` is shown once. Nobody gives a scope, or reaches a gate, that their
/// own key does not.
#[utoipa::path(post, path = "/v1/admin/api-keys", tag = "api-keys", request_body = NewApiKey,
    responses((status = CREATED, body = WithKey<ApiKeyView>,
        description = "The key, its secret text, and the `epoch` that it made"), Problems))]
pub(crate) async fn create_api_key(
    State(ctx): State<Context>,
    caller: Caller<WriteApiKeys>,
    Json(body): Json<NewApiKey>,
) -> Answer<Response> {
    let wanted = create::NewApiKey {
        name: body.name,
        scopes: body.scopes,
        expires_at: body.expires_at,
        operator: body.operator_id,
        gates: body.gates,
        checks_per_minute: body.checks_per_minute,
    };
    let (key, text, epoch) =
        create::create_api_key(&ctx.db, &caller, caller.scopes(), caller.gates(), wanted).await?;
    let location = format!("/v1/admin/api-keys/{}", key.id);
    let view = ApiKeyView::at(key.created_at, key);
    Ok(created_with_key(epoch, location, view, &text))
}

/// Which keys are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApiKeyQuery {
    /// Only those in this state.
    state: Option<KeyState>,
    /// Only a person's, a machine's or the platform's.
    kind: Option<KeyKind>,
    /// Only this operator's.
    operator_id: Option<OperatorId>,
    /// Only those whose name contains this text, in any case.
    #[param(value_type = Option<String>)]
    name_contains: Option<Text<1, 200>>,
}

/// List API keys
#[utoipa::path(get, path = "/v1/admin/api-keys", tag = "api-keys",
    params(ApiKeyQuery, PageQuery, CountQuery),
    responses((status = OK, body = Listed<ApiKeyView>,
        description = "A part of the list, newest first"), Problems))]
pub(crate) async fn list_api_keys(
    State(ctx): State<Context>,
    caller: Caller<ReadApiKeys>,
    Query(query): Query<ApiKeyQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Body<Listed<ApiKeyView>>> {
    let filter = KeyFilter {
        state: query.state,
        kind: query.kind,
        operator: query.operator_id,
        name_contains: query.name_contains.map(Text::into_string),
    };
    let (page, counted) = (page.request(), count.is_wanted());
    let keys = read::list_api_keys(&ctx.db, &caller, &filter, page, counted).await?;
    let now = ctx.clock.now();
    Ok(listed(keys, |key| ApiKeyView::at(now, key)))
}

/// Read an API key
#[utoipa::path(get, path = "/v1/admin/api-keys/{key}", tag = "api-keys",
    params(("key" = ApiKeyId, Path, description = "The key's id"), IfNoneMatch),
    responses((status = OK, body = ApiKeyView,
        description = "The key"), NotModified, Problems))]
pub(crate) async fn read_api_key(
    State(ctx): State<Context>,
    caller: Caller<ReadApiKeys>,
    Path(key): Path<ApiKeyId>,
    known: IfNoneMatch,
) -> Answer<Tagged<ApiKeyView>> {
    let key = read::read_api_key(&ctx.db, &caller, key).await?;
    Ok(known.tagged(ApiKeyView::at(ctx.clock.now(), key)))
}

/// Why a key is revoked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// Why, for the log: at most 1,000 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    reason: Option<ReasonText>,
}

/// Revoke an API key
///
/// It is refused from the next call on. Again is fine, and keeps the first time and reason.
#[utoipa::path(post, path = "/v1/admin/api-keys/{key}/revoke", tag = "api-keys",
    params(("key" = ApiKeyId, Path, description = "The key's id")),
    request_body = Revocation, responses((status = OK, body = ApiKeyView,
        description = "The key, and the `epoch` that it made"), Problems))]
pub(crate) async fn revoke_api_key(
    State(ctx): State<Context>,
    caller: Caller<WriteApiKeys>,
    Path(key): Path<ApiKeyId>,
    Json(body): Json<Revocation>,
) -> Answer<Written<ApiKeyView>> {
    let reason = body.reason.as_ref();
    let (key, epoch) =
        revoke::revoke_api_key(&ctx.db, &caller, caller.gates(), key, reason).await?;
    Ok(Written::changed(epoch, ApiKeyView::at(ctx.clock.now(), key)))
}

/// How a key gets a new secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRotation {
    /// For how long the secret that is replaced is still accepted: 0 to 2,592,000 (30 days); not
    /// at all when absent.
    overlap_seconds: Option<Overlap>,
    /// Why, for the log: at most 1,000 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    reason: Option<ReasonText>,
}

/// Rotate an API key
///
/// The same key with a new secret: `api_key` is shown once. One replaced secret
/// is accepted at a time, so that rotating again ends the one before. Nobody rotates a key that
/// may do more than their own.
#[utoipa::path(post, path = "/v1/admin/api-keys/{key}/rotate", tag = "api-keys",
    params(("key" = ApiKeyId, Path, description = "The key's id")),
    request_body = KeyRotation, responses((status = OK, body = WithKey<ApiKeyView>,
        description = "The key, its new secret text, and the `epoch` that it made"), Problems))]
pub(crate) async fn rotate_api_key(
    State(ctx): State<Context>,
    caller: Caller<WriteApiKeys>,
    Path(key): Path<ApiKeyId>,
    Json(body): Json<KeyRotation>,
) -> Answer<Response> {
    let overlap = body.overlap_seconds.unwrap_or(Overlap::NONE);
    let rotation = rotate::Rotation { overlap, reason: body.reason };
    let (scopes, gates) = (caller.scopes(), caller.gates());
    let (key, text, epoch) =
        rotate::rotate_api_key(&ctx.db, &caller, scopes, gates, key, rotation).await?;
    let view = ApiKeyView::at(key.updated_at, key);
    Ok(changed_with_key(epoch, view, &text))
}

/// Delete an API key
///
/// The same as revoking it without a reason: what a key did stays attributable to it.
#[utoipa::path(delete, path = "/v1/admin/api-keys/{key}", tag = "api-keys",
    params(("key" = ApiKeyId, Path, description = "The key's id")),
    responses((status = OK, body = ApiKeyView,
        description = "The key, and the `epoch` that it made"), Problems))]
pub(crate) async fn delete_api_key(
    State(ctx): State<Context>,
    caller: Caller<WriteApiKeys>,
    Path(key): Path<ApiKeyId>,
) -> Answer<Written<ApiKeyView>> {
    let (key, epoch) = revoke::revoke_api_key(&ctx.db, &caller, caller.gates(), key, None).await?;
    Ok(Written::changed(epoch, ApiKeyView::at(ctx.clock.now(), key)))
}
