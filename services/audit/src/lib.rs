//! The log, held against itself: whether a tenant's stored log is one that was only ever appended to.
//!
//! [`verify`] reads everything about a tenant's log in one snapshot and hands it, row by row, to a
//! [`Verifier`], which is pure: no SQL, no clock, no memory of the entries that have passed. What it
//! keeps grows with the tenant's gates and budgets, never with the length of the log. It recomputes
//! every leaf, every frontier, every epoch and every checkpoint from the bodies alone, and believes
//! no column that the bodies or the keys do not bear out.
//!
//! It trusts two things. The installation's root key: a public key of the tenant counts only if its
//! private half, sealed under that root key, is still beside it, so that nobody who merely writes to
//! the database can put a key of their own there. And what it is given from outside: earlier
//! checkpoints and receipts ([`Anchor`]), which the log has to contain still. Without any, a log that
//! was cut back to an earlier signed size cannot be told from one that never grew; so the answer
//! says that nothing older was given, and how many entries lie past the newest signed checkpoint.
//!
//! The first thing that does not hold ends it, as a [`Finding`] with its position. There is nothing
//! useful to say about what lies behind.
//!
//! [`replay`] asks another question of the same rows: whether what was decided is what had to be
//! decided. A [`Replayer`] rebuilds the tenant's configuration from the log's own events
//! ([`History`]), and at every decision it runs the pipeline that production runs, on the question
//! that the record pins; the record that this makes has to be the stored one, byte for byte. What
//! no log can hold is secrets: that the caller's was right, and whether a token's signature was
//! good, is taken from the record, and counted ([`OnTrust`]).

mod app;
mod domain;
mod error;
mod store;

pub use app::{Progress, replay, verify};
pub use domain::{
    Anchor, AnchorError, Batch, Counter, Difference, Disagreement, Entry, Finding, GateKeyRow,
    History, Keyring, LogKeyRow, OnTrust, Problem, Replay, Replayer, Report, Stopped, StoppedAt,
    UniqueIds, Unlearnt, Verifier,
};
pub use error::AuditError;
