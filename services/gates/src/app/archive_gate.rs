use gw_db::TenantTx;
use gw_kernel::Epoch;
use gw_web::{Caller, permissions::DeleteGates};

use super::{changeable::held, room::demand_room};
use crate::{
    Context,
    domain::{Gate, GateRef, GateState},
    error::GateError,
    store,
};

/// Makes a gate archived or active, if it is still what the caller wants to change. Again is fine,
/// and records nothing.
///
/// Archived, it answers no checks and takes no changes. Nothing of it is taken away: its name, its
/// records and its key pairs stay, and so it can be restored, where there is room for it. The gate
/// that was chosen for paths that name none is not archived: they would mean nothing.
#[tracing::instrument(name = "gates.archive_gate", skip_all, fields(state = state.as_str()))]
pub(crate) async fn archive_gate(
    ctx: &Context,
    caller: &Caller<DeleteGates>,
    gate: &GateRef,
    (state, reason): (GateState, Option<String>),
    is_wanted: impl FnOnce(&Gate) -> Result<(), GateError>,
) -> Result<(Gate, Epoch), GateError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let mut gate = held(&mut tx, caller, gate).await?;
    is_wanted(&gate)?;
    if !gate.become_state(state, tx.now()) {
        return Ok((gate, tx.epoch().await?));
    }
    match state {
        GateState::Active => demand_room(&mut tx).await?,
        GateState::Archived => demand_another_default(&mut tx, &gate).await?,
    }
    store::gates::update(&mut tx, &gate).await?;
    match state {
        GateState::Archived => tx.record(gate.archived_event(reason))?,
        GateState::Active => tx.record(gate.restored_event(reason))?,
    }
    let epoch = tx.commit().await?;
    Ok((gate, epoch))
}

/// Takes the tenant's head, and demands that the gate was not chosen as the tenant's default: who
/// chooses and who archives come one after the other.
async fn demand_another_default(tx: &mut TenantTx, gate: &Gate) -> Result<(), GateError> {
    tx.hold().await?;
    match store::tenants::default_gate(tx).await? {
        Some(chosen) if chosen == gate.id => Err(GateError::IsDefault(gate.id)),
        _ => Ok(()),
    }
}
