use gw_kernel::{Count, Page, PageRequest};
use gw_web::{Caller, permissions::ReadKeypairs};

use super::read_gate;
use crate::{
    Context,
    domain::{GateRef, Keypair},
    error::GateError,
    store,
};

/// Lists a gate's key pairs, newest first; and counts them, where that is asked.
#[tracing::instrument(name = "gates.read_keypairs", skip_all)]
pub(crate) async fn read_keypairs(
    ctx: &Context,
    caller: &Caller<ReadKeypairs>,
    gate: &GateRef,
    page: PageRequest,
    counted: bool,
) -> Result<(Page<Keypair>, Option<Count>), GateError> {
    let gate = read_gate(ctx, caller, gate).await?;
    let mut tx = ctx.db.tenant(caller).await?;
    let keypairs = store::keypairs::of_gate(&mut tx, gate.id, page).await?;
    let count =
        if counted { Some(store::keypairs::count_of_gate(&mut tx, gate.id).await?) } else { None };
    tx.end_reading().await?;
    Ok((Page::from_fetched(keypairs, page, |keypair| keypair.id.uuid()), count))
}
