use gw_kernel::{Count, Page, PageRequest};
use gw_web::{Caller, permissions::ReadGates};

use crate::{
    Context,
    domain::{Gate, GateFilter},
    error::GateError,
    store,
};

/// Lists the gates that the caller's key reaches, newest first; and counts them, where that is asked.
#[tracing::instrument(name = "gates.list_gates", skip_all)]
pub(crate) async fn list_gates(
    ctx: &Context,
    caller: &Caller<ReadGates>,
    filter: GateFilter,
    page: PageRequest,
    counted: bool,
) -> Result<(Page<Gate>, Option<Count>), GateError> {
    let filter = GateFilter { among: caller.gates().cloned(), ..filter };
    let mut tx = ctx.db.tenant(caller).await?;
    let gates = store::list::list(&mut tx, &filter, page).await?;
    let count = if counted { Some(store::list::count(&mut tx, &filter).await?) } else { None };
    tx.end_reading().await?;
    Ok((Page::from_fetched(gates, page, |gate| gate.id.uuid()), count))
}
