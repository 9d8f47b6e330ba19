//! Reading the log back: entries, lists of decisions, and receipts rebuilt to the byte.
//!
//! Everything is read through the views that the log publishes, in a transaction that is bound to
//! one tenant. The log only grows, so statements that run one after the other agree: what the
//! first one found is still there, as it was, when the next one looks.

mod batches;
mod decisions;
mod entries;
mod error;
mod filter;
mod many;
mod receipts;

pub use decisions::decisions_of_gate;
pub use entries::{StoredEntry, entry, entry_at};
pub use error::ReadError;
pub use filter::DecisionFilter;
pub use many::receipts;
pub use receipts::{Newest, newest, newest_checkpoint, receipt};
