use axum::extract::State;
use gw_kernel::{KeypairId, Overlap, Page};
use gw_web::{
    Answer, Caller, CountQuery, Counted, Json, PageQuery, Path, Problems, Written,
    permissions::{ReadGates, ReadKeypairs, WriteKeypairs},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{gate_ref, view::KeypairView};
use crate::{Context, app, domain::GateRef};

/// The key that a gate signs with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublicKeyView {
    /// The gate's name if it has one, else its id.
    gate_id: String,
    /// The Ed25519 public key (RFC 8032).
    public_key: String,
    /// How the key is written: `ed25519_base64`.
    key_format: &'static str,
}

/// One part of the list of a gate's key pairs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeypairPage {
    /// Newest first.
    items: Vec<KeypairView>,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
    #[serde(flatten)]
    counted: Counted,
}

/// List a gate's key pairs
///
/// Newest first. Retired ones stay: what they signed still verifies.
#[utoipa::path(get, path = "/gates/{gate}/keypairs", tag = "gates",
    operation_id = "gates.list_keypairs",
    params(("gate" = String, Path, description = "The gate's id or name"), PageQuery, CountQuery),
    responses((status = OK, body = KeypairPage), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadKeypairs>,
    Path(gate): Path<String>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Json<KeypairPage>> {
    let (gate, now) = (gate_ref(&gate)?, ctx.db.clock().now());
    let (page, counted) = (page.request(), count.is_wanted());
    let (keypairs, count) = app::read_keypairs(&ctx, &caller, &gate, page, counted).await?;
    let Page { items, next_cursor } = keypairs.map(|keypair| KeypairView::at(now, &keypair));
    Ok(Json(KeypairPage { items, next_cursor, counted: count.into() }))
}

/// Read the public key that a gate signs with
#[utoipa::path(get, path = "/gates/{gate}/public-key", tag = "gates",
    operation_id = "gates.read_public_key",
    params(("gate" = String, Path, description = "The gate's id or name")),
    responses((status = OK, body = PublicKeyView), Problems))]
pub(super) async fn public_key(
    State(ctx): State<Context>,
    caller: Caller<ReadGates>,
    Path(gate): Path<String>,
) -> Answer<Json<PublicKeyView>> {
    let gate = app::read_gate(&ctx, &caller, &gate_ref(&gate)?).await?;
    Ok(Json(PublicKeyView {
        gate_id: gate.public_id(),
        public_key: gate.keypair.public_key.to_base64(),
        key_format: "ed25519_base64",
    }))
}

/// For how long the old key pair counts as retiring.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeypairRotation {
    /// 0 to 2,592,000 (30 days); a day when absent. With 0 the old one is retired at once. It
    /// never signs again, whatever this says: it is the time that keepers of a list of keys get.
    overlap_seconds: Option<Overlap>,
}

/// Rotate a gate's key pair
///
/// The new one signs from `signs_from` on, and the old one nothing from that position of the log
/// on, on every replica. What it signed before verifies for ever: its public key stays in the JWKS.
#[utoipa::path(post, path = "/gates/{gate}/keypairs/rotate", tag = "gates",
    operation_id = "gates.rotate_keypair", request_body = KeypairRotation,
    params(("gate" = String, Path, description = "The gate's id or name")),
    responses((status = CREATED, body = KeypairView,
        description = "The new key pair, and the `epoch` that it made"), Problems))]
pub(super) async fn rotate(
    State(ctx): State<Context>,
    caller: Caller<WriteKeypairs>,
    Path(gate): Path<String>,
    Json(request): Json<KeypairRotation>,
) -> Answer<Written<KeypairView>> {
    replace(&ctx, &caller, &gate_ref(&gate)?, request).await
}

/// Create a key pair for a gate
///
/// A gate signs with one key pair at a time, so the new one takes the old one's place: the same as
/// rotating.
#[utoipa::path(post, path = "/gates/{gate}/keypairs", tag = "gates",
    operation_id = "gates.create_keypair", request_body = KeypairRotation,
    params(("gate" = String, Path, description = "The gate's id or name")),
    responses((status = CREATED, body = KeypairView,
        description = "The new key pair, and the `epoch` that it made"), Problems))]
pub(super) async fn create(
    State(ctx): State<Context>,
    caller: Caller<WriteKeypairs>,
    Path(gate): Path<String>,
    Json(request): Json<KeypairRotation>,
) -> Answer<Written<KeypairView>> {
    replace(&ctx, &caller, &gate_ref(&gate)?, request).await
}

async fn replace(
    ctx: &Context,
    caller: &Caller<WriteKeypairs>,
    gate: &GateRef,
    request: KeypairRotation,
) -> Answer<Written<KeypairView>> {
    let overlap = request.overlap_seconds.unwrap_or(Overlap::DAY);
    let (keypair, epoch) = app::rotate_keypair(ctx, caller, gate, overlap).await?;
    let location = format!("/v1/gates/{}/keypairs", keypair.gate);
    Ok(Written::created(epoch, location, KeypairView::at(keypair.created_at, &keypair)))
}

/// Nothing can be said of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeypairRetirement {}

/// Retire a gate's old key pair
///
/// Ends its overlap now. The key pair that signs cannot be retired, only rotated. Again is fine.
#[utoipa::path(post, path = "/gates/{gate}/keypairs/{key}/retire", tag = "gates",
    operation_id = "gates.retire_keypair", request_body = KeypairRetirement,
    params(("gate" = String, Path, description = "The gate's id or name"),
        ("key" = KeypairId, Path, description = "The key pair's id")),
    responses((status = OK, body = KeypairView,
        description = "The key pair, and the `epoch`"), Problems))]
pub(super) async fn retire(
    State(ctx): State<Context>,
    caller: Caller<WriteKeypairs>,
    Path((gate, keypair)): Path<(String, KeypairId)>,
    Json(KeypairRetirement {}): Json<KeypairRetirement>,
) -> Answer<Written<KeypairView>> {
    let (keypair, epoch, now) =
        app::retire_keypair(&ctx, &caller, &gate_ref(&gate)?, keypair).await?;
    Ok(Written::changed(epoch, KeypairView::at(now, &keypair)))
}
