use gw_web::{Caller, Permission};

use crate::{
    Context,
    domain::{Gate, GateRef},
    error::GateError,
    store,
};

/// Reads one gate. A key that is limited to other gates does not see it.
#[tracing::instrument(name = "gates.read_gate", skip_all)]
pub(crate) async fn read_gate<P: Permission>(
    ctx: &Context,
    caller: &Caller<P>,
    gate: &GateRef,
) -> Result<Gate, GateError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let gate = store::gates::find(&mut tx, gate).await?;
    let gate = Some(gate).filter(|gate| caller.reaches(gate.id)).ok_or(GateError::NotFound)?;
    tx.end_reading().await?;
    Ok(gate)
}
