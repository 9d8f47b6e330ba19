use gw_db::{DbError, TenantTx};
use gw_kernel::GateId;

/// The gate that the tenant has chosen for paths that name none. Ask it with the tenant's head held,
/// and it stays so until the transaction ends.
pub(crate) async fn default_gate(tx: &mut TenantTx) -> Result<Option<GateId>, DbError> {
    let chosen = sqlx::query_scalar!("select default_gate_id from tenants.published_tenants");
    let chosen = chosen.fetch_optional(tx.conn()).await?.flatten();
    Ok(chosen.map(GateId::from_uuid))
}
