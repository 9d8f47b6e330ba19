//! Decisions, read back from the log: the same attestation that their callers got.

use gw_contracts::{CheckDecidedV1, Event as _};
use gw_db::TenantTx;
use gw_decision::GateRef;
use gw_journal::read::{self, DecisionFilter};
use gw_kernel::{DecisionId, GateId, Page, PageRequest};
use gw_web::{Caller, permissions::ReadDecisions};

use super::{
    ReadError,
    attested::{Attested, attested},
};
use crate::{Context, store};

/// A part of a gate's decisions.
pub(crate) struct Decisions {
    /// Those that can be read.
    pub(crate) page: Page<Attested>,
    /// How many in this part cannot: they are past the tenant's retention.
    pub(crate) expired: usize,
}

/// A gate's decisions, newest first. What is past its retention is left out, and counted where no
/// filter asks what it said.
#[tracing::instrument(name = "check.attestations", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn attestations_of_gate(
    ctx: &Context,
    caller: &Caller<ReadDecisions>,
    gate: &GateRef,
    filter: &DecisionFilter,
    page: PageRequest,
) -> Result<Decisions, ReadError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let gate = find_gate(&mut tx, gate).await?.filter(|gate| caller.reaches(*gate));
    let gate = gate.ok_or(ReadError::NoGate)?;
    let Page { items, next_cursor } = read::decisions_of_gate(&mut tx, gate, filter, page).await?;
    let expired = items.iter().filter(|entry| entry.body.is_none()).count();
    let items = attested(&mut tx, items, |record| filter.matches(record)).await?;
    tx.end_reading().await?;
    Ok(Decisions { page: Page { items, next_cursor }, expired })
}

/// One decision.
#[tracing::instrument(name = "check.decision", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn decision(
    ctx: &Context,
    caller: &Caller<ReadDecisions>,
    id: DecisionId,
) -> Result<Attested, ReadError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let entry = read::entry(&mut tx, id.uuid()).await?;
    let entry = entry.filter(|entry| entry.kind == CheckDecidedV1::TYPE);
    let entry = entry.filter(|entry| entry.gate.is_some_and(|gate| caller.reaches(gate)));
    let entry = entry.ok_or(ReadError::NoDecision)?;
    if entry.body.is_none() {
        tx.end_reading().await?;
        return Err(ReadError::Expired);
    }
    let index = entry.index;
    let attested = attested(&mut tx, vec![entry], |_| true).await?.pop();
    tx.end_reading().await?;
    attested.ok_or(ReadError::Unreadable(index))
}

async fn find_gate(tx: &mut TenantTx, gate: &GateRef) -> Result<Option<GateId>, ReadError> {
    Ok(match gate {
        GateRef::Id(id) => store::gate_by_id(tx, *id).await?,
        GateRef::Name(name) => store::gate_by_name(tx, name).await?,
        GateRef::Default => None,
    })
}
