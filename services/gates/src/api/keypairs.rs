use axum::{Json, extract::State};
use gw_kernel::Page;
use gw_web::{
    Answer, Caller, PageQuery, Path, Problems,
    permissions::{ReadGates, ReadKeypairs},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{gate_ref, view::KeypairView};
use crate::{Context, app};

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
}

/// List a gate's key pairs
///
/// Newest first. Retired ones stay: what they signed still verifies.
#[utoipa::path(get, path = "/gates/{gate}/keypairs", tag = "gates",
    operation_id = "gates.list_keypairs",
    params(("gate" = String, Path, description = "The gate's id or name"), PageQuery),
    responses((status = OK, body = KeypairPage), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadKeypairs>,
    Path(gate): Path<String>,
    page: PageQuery,
) -> Answer<Json<KeypairPage>> {
    let gate = gate_ref(&gate)?;
    let keypairs = app::read_keypairs(&ctx, &caller, &gate, page.request()).await?;
    let Page { items, next_cursor } = keypairs.map(KeypairView::from);
    Ok(Json(KeypairPage { items, next_cursor }))
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
