//! What reading decisions back needs of the gates' owner, within the caller's own transaction.

use gw_db::{DbError, TenantTx};
use gw_kernel::{GateId, KeypairId};

/// The gate with this id, if the tenant has it.
pub(crate) async fn gate_by_id(tx: &mut TenantTx, id: GateId) -> Result<Option<GateId>, DbError> {
    let gate = sqlx::query_scalar!(
        r#"select gate_id as "gate_id!" from gates.published_gates where gate_id = $1"#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(gate.map(GateId::from_uuid))
}

/// The gate with this name, if the tenant has it.
pub(crate) async fn gate_by_name(tx: &mut TenantTx, name: &str) -> Result<Option<GateId>, DbError> {
    let gate = sqlx::query_scalar!(
        r#"select gate_id as "gate_id!" from gates.published_gates where slug = $1"#,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(gate.map(GateId::from_uuid))
}

/// The public half of a gate's key pair, active or not: 32 bytes.
pub(crate) async fn public_key(
    tx: &mut TenantTx,
    key: KeypairId,
) -> Result<Option<Vec<u8>>, DbError> {
    let public = sqlx::query_scalar!(
        r#"select public_key as "public_key!" from gates.snapshot_keypairs where key_id = $1"#,
        key.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(public)
}
