//! Decisions, read back from the log: the same attestation that their callers got.

use gw_contracts::{CheckDecidedV1, DecisionRecord, Event as _};
use gw_crypto::{keys::PublicKey, receipt::Receipt};
use gw_db::TenantTx;
use gw_decision::GateRef;
use gw_journal::read::{self, DecisionFilter, StoredEntry};
use gw_kernel::{DecisionId, GateId, Page, PageRequest};
use gw_web::{Caller, permissions::ReadDecisions};

use super::ReadError;
use crate::{Context, store};

/// A decision and its proof.
pub(crate) struct Attested {
    /// Its position in the tenant's log.
    pub(crate) index: u64,
    /// The record, parsed.
    pub(crate) record: DecisionRecord,
    /// The record, as it was signed.
    pub(crate) text: String,
    /// The gate's signature over it, where each decision has one.
    pub(crate) signature: Option<[u8; 64]>,
    /// The key that made it.
    pub(crate) public_key: PublicKey,
    /// The proof that it is in the log.
    pub(crate) receipt: Receipt,
}

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
    let Page { items: entries, next_cursor } =
        read::decisions_of_gate(&mut tx, gate, filter, page).await?;
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        items.extend(attested(&mut tx, entry).await?);
    }
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
    let attested = attested(&mut tx, entry.ok_or(ReadError::NoDecision)?).await?;
    tx.end_reading().await?;
    attested.ok_or(ReadError::NoDecision)
}

async fn find_gate(tx: &mut TenantTx, gate: &GateRef) -> Result<Option<GateId>, ReadError> {
    Ok(match gate {
        GateRef::Id(id) => store::gate_by_id(tx, *id).await?,
        GateRef::Name(name) => store::gate_by_name(tx, name).await?,
        GateRef::Default => None,
    })
}

/// Puts an entry's attestation together again; none for one whose body is past its retention.
async fn attested(tx: &mut TenantTx, entry: StoredEntry) -> Result<Option<Attested>, ReadError> {
    let Some(body) = entry.body else { return Ok(None) };
    let unreadable = || ReadError::Unreadable(entry.index);
    let text = String::from_utf8(body).map_err(|_| unreadable())?;
    let record: DecisionRecord = serde_json::from_str(&text).map_err(|_| unreadable())?;
    let key = store::public_key(tx, record.data.basis.key_id).await?;
    let key: [u8; 32] = key.and_then(|key| key.try_into().ok()).ok_or_else(unreadable)?;
    let public_key = PublicKey::from_bytes(key).map_err(|_| unreadable())?;
    let receipt = read::receipt(tx, entry.index, None).await?;
    let (index, signature) = (entry.index, entry.signature);
    Ok(Some(Attested { index, record, text, signature, public_key, receipt }))
}
