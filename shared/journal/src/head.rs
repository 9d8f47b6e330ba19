use chrono::{DateTime, Utc};
use gw_crypto::merkle::Frontier;
use gw_kernel::{Epoch, TenantId};

/// A tenant's state, read while its head is held.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) tenant: TenantId,
    pub(crate) epoch: Epoch,
    pub(crate) frontier: Frontier,
    /// The batch's one clock: it never runs behind the newest batch's.
    pub(crate) now: DateTime<Utc>,
    /// Whether everything is halted.
    pub(crate) halted: bool,
    /// Size and frontier of the batch that callers were told about last, if it is still there.
    pub(crate) anchor: Option<(u64, Vec<u8>)>,
    /// When an operator last said that the log goes on although it lost entries. What is known
    /// from before that is of a history that is gone.
    pub(crate) acknowledged: Option<DateTime<Utc>>,
}
