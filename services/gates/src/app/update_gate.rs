use gw_kernel::Epoch;
use gw_web::{Caller, permissions::WriteGates};

use super::changeable::changeable;
use crate::{
    Context,
    domain::{Gate, GateChanges, GateRef},
    error::GateError,
    store,
};

/// Changes a gate into what is wanted of it as it is now. What makes no difference is recorded
/// nowhere, and moves no epoch.
#[tracing::instrument(name = "gates.update_gate", skip_all)]
pub(crate) async fn update_gate(
    ctx: &Context,
    caller: &Caller<WriteGates>,
    gate: &GateRef,
    wanted: impl FnOnce(&Gate) -> Result<GateChanges, GateError>,
) -> Result<(Gate, Epoch), GateError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let mut gate = changeable(&mut tx, caller, gate).await?;
    let changes = wanted(&gate)?;
    if !gate.change(changes, tx.now()) {
        return Ok((gate, tx.epoch().await?));
    }
    store::gates::update(&mut tx, &gate).await?;
    tx.record(gate.updated_event())?;
    let epoch = tx.commit().await?;
    Ok((gate, epoch))
}
