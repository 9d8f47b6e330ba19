use gw_db::TenantTx;

use crate::{error::GateError, store};

/// Takes the tenant's head, and demands that there is room for one more gate under it: who counts
/// and who adds come one after the other.
pub(super) async fn demand_room(tx: &mut TenantTx) -> Result<(), GateError> {
    tx.hold().await?;
    let (limit, taken) = store::limits::of_gates(tx).await?;
    if taken < i64::from(limit) { Ok(()) } else { Err(GateError::LimitReached(limit)) }
}
