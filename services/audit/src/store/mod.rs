//! The log as it is published, page by page, within one snapshot.

mod keys;
mod log;

pub(crate) use keys::{gate_keys, log_keys};
pub(crate) use log::{acknowledgements, batches, counters, entries, ids, size};
