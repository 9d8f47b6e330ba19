//! The record of a decision: what is signed, and what the log's leaf is.

use gw_contracts::EntryError;
use gw_kernel::DecisionId;

use crate::{Question, Settled};

/// The record's exact bytes. The arguments appear only as their HMAC.
///
/// # Errors
/// When it has no canonical form, or would be longer than [`gw_contracts::MAX_ENTRY_BYTES`].
pub fn build(
    settled: &Settled,
    question: &Question,
    id: DecisionId,
    arguments_hmac: Option<String>,
) -> Result<Vec<u8>, EntryError> {
    let _ = (settled, question, id, arguments_hmac);
    todo!()
}
