//! What reading decisions back needs of the gates' owner, within the caller's own transaction.

use gw_db::{DbError, TenantTx};
use gw_kernel::{GateId, KeypairId};
use uuid::Uuid;

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

/// The public halves of these key pairs, active or not: 32 bytes each.
pub(crate) async fn public_keys(
    tx: &mut TenantTx,
    keys: &[Uuid],
) -> Result<Vec<(KeypairId, Vec<u8>)>, DbError> {
    let rows = sqlx::query!(
        r#"select key_id as "key_id!", public_key as "public_key!"
           from gates.snapshot_keypairs where key_id = any($1)"#,
        keys,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (KeypairId::from_uuid(row.key_id), row.public_key)).collect())
}
