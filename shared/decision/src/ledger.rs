use crate::{Counters, Uses};

/// What has been taken of a tenant's limits and keys: those that a batch names, as they were read
/// while the head was held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How much of each limit is used.
    pub counters: Counters,
    /// What can be taken once, and is.
    pub uses: Uses,
}
