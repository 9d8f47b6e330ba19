use gw_db::{DbError, SnapshotTx};

use crate::{GateKeyRow, LogKeyRow};

/// The bound tenant's log keys, present and past.
pub(crate) async fn log_keys(tx: &mut SnapshotTx<'_>) -> Result<Vec<LogKeyRow>, DbError> {
    let rows = sqlx::query_as!(
        LogKeyRow,
        r#"select key_id as "key_id!", origin as "origin!", public_key as "public_key!",
               sealed as "sealed!"
           from tenants.snapshot_log_keys"#,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The key pairs of the bound tenant's gates, present and past.
pub(crate) async fn gate_keys(tx: &mut SnapshotTx<'_>) -> Result<Vec<GateKeyRow>, DbError> {
    let rows = sqlx::query_as!(
        GateKeyRow,
        r#"select key_id as "key_id!", gate_id as "gate_id!", public_key as "public_key!",
               sealed as "sealed!", signs_from as "signs_from!", signs_until
           from gates.audit_keypairs"#,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
