use gw_db::{DbError, TenantTx};
use gw_kernel::GateId;

/// What gates are called in the directory of public ids.
pub(crate) const KIND: &str = "gate";

/// Lets the gate's public keys be found by its id alone.
pub(crate) async fn insert(tx: &mut TenantTx, gate: GateId) -> Result<(), DbError> {
    sqlx::query!("insert into gw.directory (kind, id) values ($1, $2)", KIND, gate.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}
