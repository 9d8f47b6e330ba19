//! A batch's stored checkpoint.

use std::collections::BTreeMap;

use gw_crypto::{
    checkpoint::Checkpoint,
    note::{Note, VerifierKey},
};
use gw_kernel::GateId;

use super::Problem;

/// Demands that the note says exactly this, that the log's key has signed it and one of the
/// keys of every gate that has to, and that nobody else has.
pub(crate) fn verify(
    note: &str,
    expected: &Checkpoint,
    log: &VerifierKey,
    earlier: &[VerifierKey],
    cosigners: &BTreeMap<GateId, Vec<VerifierKey>>,
) -> Result<(), Problem> {
    let refuse = |why: &dyn std::fmt::Display| Problem::Checkpoint(why.to_string());
    let note = Note::parse(note).map_err(|error| refuse(&error))?;
    if note.text != expected.body() {
        return Err(refuse(&"it is of another log, size or root"));
    }
    let known: Vec<VerifierKey> =
        [log].into_iter().chain(earlier).chain(cosigners.values().flatten()).cloned().collect();
    let signed = note.verify(&known).map_err(|error| refuse(&error))?;
    if !signed.contains(&log) {
        return Err(refuse(&"the log has not signed it"));
    }
    if signed.len() != note.signatures.len() {
        return Err(refuse(&"it has a signature line too many"));
    }
    let has_signed = |keys: &[VerifierKey]| keys.iter().any(|key| signed.contains(&key));
    match cosigners.iter().find(|(_, keys)| !has_signed(keys)) {
        Some((gate, _)) => Err(Problem::NotCosigned(gate.to_string())),
        None => Ok(()),
    }
}
