//! The log as it is published, and what is derived from it.

pub(crate) mod changes;
pub(crate) mod cursors;
pub(crate) mod feed;
pub(crate) mod history;
mod keys;
mod log;
pub(crate) mod published;
pub(crate) mod retention;
pub(crate) mod usage;

pub(crate) use keys::{gate_keys, log_keys};
pub(crate) use log::{acknowledgements, batches, counters, entries, ids, size, today};
