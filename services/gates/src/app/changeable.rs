use gw_db::TenantTx;
use gw_web::Caller;

use crate::{
    domain::{Gate, GateRef, GateState},
    error::GateError,
    store,
};

/// The gate that a path names, held until the end, if the caller's key reaches it.
pub(super) async fn held<P>(
    tx: &mut TenantTx,
    caller: &Caller<P>,
    gate: &GateRef,
) -> Result<Gate, GateError> {
    let gate = store::gates::lock(tx, gate).await?;
    Some(gate).filter(|gate| caller.reaches(gate.id)).ok_or(GateError::NotFound)
}

/// The same, if it may be changed: an archived gate has to be restored first.
pub(super) async fn changeable<P>(
    tx: &mut TenantTx,
    caller: &Caller<P>,
    gate: &GateRef,
) -> Result<Gate, GateError> {
    let gate = held(tx, caller, gate).await?;
    match gate.state {
        GateState::Active => Ok(gate),
        GateState::Archived => Err(GateError::Archived(gate.id)),
    }
}
