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

/// A gate's decisions, newest first. What is past its retention is left out.
#[tracing::instrument(name = "check.attestations", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn attestations_of_gate(
    ctx: &Context,
    caller: &Caller<ReadDecisions>,
    gate: &GateRef,
    filter: &DecisionFilter,
    page: PageRequest,
) -> Result<Page<Attested>, ReadError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let gate = find_gate(&mut tx, gate).await?.filter(|gate| caller.reaches(*gate));
    let gate = gate.ok_or(ReadError::NoGate)?;
    let Page { items, next_cursor } = read::decisions_of_gate(&mut tx, gate, filter, page).await?;
    let items = attested(&mut tx, items, |record| filter.matches(record)).await?;
    tx.end_reading().await?;
    Ok(Page { items, next_cursor })
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
    let entry = entry.filter(|entry| entry.body.is_some()).ok_or(ReadError::NoDecision)?;
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
