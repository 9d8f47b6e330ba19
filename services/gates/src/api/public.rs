use axum::{Json, extract::State};
use gw_kernel::{GateId, KeypairId};
use gw_web::{Answer, Path, Problems};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Context, app, domain::Keypair, error::GateError};

/// A gate's public keys as a JWKS (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Jwks {
    /// One OKP Ed25519 key (RFC 8037) for each key pair that the gate ever had, newest first.
    /// `signs_from` and, once it is replaced, `signs_until` are the positions of the tenant's log
    /// that it may sign: the first, and the first that it may not.
    keys: Vec<Value>,
}

/// A gate's public keys, as older clients read them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SigningKeys {
    /// The gate's id.
    gate_id: GateId,
    /// One for each key pair that the gate ever had, newest first.
    signing_keys: Vec<SigningKeyView>,
}

/// One public key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SigningKeyView {
    /// The key pair's id.
    key_id: KeypairId,
    /// The Ed25519 public key (RFC 8032), base64.
    public_key: String,
}

/// Read a gate's JWKS
///
/// Needs no key. By the gate's id alone: names belong to a tenant, and nobody says which.
#[utoipa::path(get, path = "/gates/{gate}/jwks.json", tag = "gates",
    operation_id = "gates.read_jwks", security(()),
    params(("gate" = GateId, Path, description = "The gate's id")),
    responses((status = OK, body = Jwks), Problems))]
pub(super) async fn jwks(
    State(ctx): State<Context>,
    Path(gate): Path<String>,
) -> Answer<Json<Jwks>> {
    let keypairs = app::public_keys(&ctx, id_alone(&gate)?).await?;
    Ok(Json(Jwks { keys: keypairs.iter().map(jwk).collect() }))
}

/// Read a gate's public keys
///
/// Needs no key. By the gate's id alone, as the JWKS.
#[utoipa::path(get, path = "/gates/{gate}/public", tag = "gates",
    operation_id = "gates.read_public_keys", security(()),
    params(("gate" = GateId, Path, description = "The gate's id")),
    responses((status = OK, body = SigningKeys), Problems))]
pub(super) async fn signing_keys(
    State(ctx): State<Context>,
    Path(gate): Path<String>,
) -> Answer<Json<SigningKeys>> {
    let gate_id = id_alone(&gate)?;
    let keypairs = app::public_keys(&ctx, gate_id).await?;
    let shaped = keypairs.iter().map(|keypair| SigningKeyView {
        key_id: keypair.id,
        public_key: keypair.public_key.to_base64(),
    });
    Ok(Json(SigningKeys { gate_id, signing_keys: shaped.collect() }))
}

/// The key, with two members of our own (RFC 7517 section 4 lets others ignore them).
fn jwk(keypair: &Keypair) -> Value {
    let mut jwk = keypair.public_key.to_jwk(&keypair.id.to_string());
    jwk["signs_from"] = keypair.signs_from.into();
    if let Some(until) = keypair.signs_until {
        jwk["signs_until"] = until.into();
    }
    jwk
}

/// A name finds nothing here, just as an id that was never given out.
fn id_alone(segment: &str) -> Result<GateId, GateError> {
    segment.parse().map_err(|_| GateError::NotFound)
}
