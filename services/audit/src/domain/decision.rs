//! The entry of a decision: its epoch, its gate, its signature, what it took, and under which key.

use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, DecisionRecord};
use gw_crypto::keys::PublicKey;
use gw_kernel::{GateId, KeypairId};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Entry, Problem,
    budgets::Budgets,
    gates::{Gates, Signing},
    keyring::Keyring,
    keys_given::KeysGiven,
    kill_switches::KillSwitches,
};

/// What a decision stands on: everything in the log before it.
pub(crate) struct Before<'a> {
    pub(crate) epoch: i64,
    pub(crate) gates: &'a Gates,
    pub(crate) keyring: &'a Keyring,
    pub(crate) kill_switches: &'a KillSwitches,
    pub(crate) budgets: &'a mut Budgets,
    pub(crate) keys_given: &'a mut KeysGiven,
    /// The moment of its batch.
    pub(crate) at: Option<DateTime<Utc>>,
}

/// A gate that has to co-sign the checkpoint over this decision.
pub(crate) struct Cosigner {
    pub(crate) gate: GateId,
    pub(crate) key: PublicKey,
}

/// Verifies a decision's record; answers who has to co-sign, where the record is not signed itself.
pub(crate) fn verify(
    entry: &Entry,
    event: &Value,
    before: Before<'_>,
) -> Result<Option<Cosigner>, Problem> {
    let record = DecisionRecord::deserialize(event).map_err(|_| Problem::Member("data"))?;
    let data = &record.data;
    if data.v != CheckDecidedV1::VERSION {
        return Err(Problem::Member("v"));
    }
    if data.inputs.now != record.time {
        return Err(Problem::Member("now"));
    }
    let made_at = data.basis.epoch.0;
    if made_at != before.epoch {
        return Err(Problem::Stale { made_at, epoch: before.epoch });
    }
    if let Some(at) = before.at {
        before.keys_given.take(entry.idx, at, data)?;
    }
    before.kill_switches.hold(data)?;
    let spends = data.decision == "allow" && data.would.is_none();
    for taken in &*data.inputs.taken {
        before.budgets.take(taken, spends)?;
    }
    let gate = before.gates.get(data.gate_id).ok_or(Problem::UnknownGate)?;
    if gate.archived {
        return Err(Problem::ArchivedGate);
    }
    if gate.mode != data.mode {
        return Err(Problem::Member("mode"));
    }
    let key = key(entry.idx, data.gate_id, data.basis.key_id, &before)?;
    match (gate.signing, &entry.signature, &entry.body) {
        (Signing::Each, Some(signature), Some(body)) => {
            key.verify_strict(body, signature).map_err(|_| Problem::Signature)?;
            Ok(None)
        }
        (Signing::Batch, None, _) => Ok(Some(Cosigner { gate: data.gate_id, key })),
        _ => Err(Problem::Signature),
    }
}

/// Verifies what is left of a decision whose body is gone; answers the gate that has to co-sign, and
/// the keys that may have, where the record was not signed itself.
pub(crate) fn without_body(
    entry: &Entry,
    gates: &Gates,
    keyring: &Keyring,
) -> Result<Option<(GateId, Vec<PublicKey>)>, Problem> {
    let gate_id = entry.gate_id.map(GateId::from_uuid).ok_or(Problem::Column("gate_id"))?;
    let gate = gates.get(gate_id).ok_or(Problem::UnknownGate)?;
    if gate.archived {
        return Err(Problem::ArchivedGate);
    }
    match (gate.signing, &entry.signature) {
        (Signing::Each, Some(_)) => Ok(None),
        (Signing::Batch, None) => Ok(Some((gate_id, keyring.signers(gate_id, entry.idx)))),
        _ => Err(Problem::Signature),
    }
}

/// The gate's key, if log and table agree that it may sign here.
fn key(at: i64, gate: GateId, id: KeypairId, before: &Before<'_>) -> Result<PublicKey, Problem> {
    before.keyring.signing(id, gate, at).ok_or_else(|| Problem::KeyOutside(id.to_string()))
}
