use gw_contracts::TenantReadV1;
use gw_db::{DbError, TenantTx};
use gw_kernel::ActorKind;

/// Ends a transaction that only read. What the platform's staff read of a tenant is said in the
/// tenant's log and in the platform's; what a tenant reads of itself is nobody's business.
pub(super) async fn end_reading(mut tx: TenantTx) -> Result<(), DbError> {
    if tx.actor().kind == ActorKind::Platform {
        let tenant_id = tx.tenant();
        tx.record(TenantReadV1 { tenant_id })?;
        tx.commit().await?;
    }
    Ok(())
}
