//! The check path's side of the log: a decision becomes an answer only when its record is durable.
//!
//! Every tenant has a log, and the log has a *head*: one row that is locked by whoever appends.
//! Administrative transactions append one or a few entries each, through `journal.append`. Checks
//! come by the ten thousand a second, so here they are gathered: a **lane** takes whatever arrived
//! during its last commit, locks the heads of all those tenants at once, settles each decision
//! against the counters it reads under the lock, and writes the whole batch and its commit in one
//! flight. Two round trips, however many checks; and one where nobody else has appended since the
//! last batch: then the head is known before it is taken, and what is sent is written only if the head
//! is as it was left (`resume`).
//!
//! What makes the answers exact is order, and order comes from the head alone:
//!
//! - the epoch is read under the lock, in a statement after it; a decision made at an older one is
//!   not appended but decided again, so what was revoked before a check began is never allowed;
//! - counters are read and written while the head is held, so a budget of *n* lets through *n*;
//! - so are the keys of checks that may come again: one of them is recorded, in whatever batch, on
//!   whatever replica, and is the answer to all;
//! - positions are handed out under the lock, so a log has no gaps and no forks, on any number of
//!   replicas, which know nothing of each other.
//!
//! Several checks of a tenant can be one *unit*. It is one decision to everything here: it is queued,
//! found too old, decided again, written and answered as a whole, and its records stand side by side
//! in one batch. Only settling looks into it, check by check, so that what the first takes is gone
//! for the second.
//!
//! Beside each batch stands what its decisions count as (`tally`), added up from what the deciding
//! code says of each and not looked into here. Whoever counts reads that, and no records; it is
//! outside the tree, so whoever verifies a log holds it against the records.
//!
//! One row belongs to no tenant: the global kill switch. Every batch reads it after its locks, in
//! the same flight, and what it halts becomes a block before its record is written. Engaging it
//! waits for no head. A batch that read the row before the engaging committed may commit after it:
//! its checks were under way before that was answered, so they are ordered before it. A check that
//! begins after the answer is in no batch yet, and its batch reads the row later.
//!
//! A lane never waits for a head and never loads a snapshot. A tenant whose head is taken, whose
//! last commit's fate is unknown, or whose configuration moves faster than its checks can follow,
//! goes to a **side connection**, which serves that tenant alone and hands it back: the others go
//! on. In one process a tenant is with one connection at a time ([`Journal`]'s queue sees to it),
//! so lanes do not push each other's tenants aside.
//!
//! When the database is away, callers hear `check.journal_unavailable` by their deadline, and what
//! they gave up on is never written. Once a record was sent, and only then, the honest answer can
//! be `check.outcome_unknown`. A commit is never cancelled.
//!
//! [`read`] is the way back: entries with their receipts, rebuilt to the byte from what is stored.
//!
//! What it costs was measured with `perf` and `callgrind` on two cores. A commit costs Postgres some
//! 0.35 ms whatever is in it (wake-ups, WAL, fsync, executors that start), and each record some 14
//! microseconds more (the row, three indexes, 2 KiB of WAL). So batches are what makes it fast, and
//! every message that a batch does without counts: it begins with one and is written with two, and
//! the task that asks also moves the bytes, so that an answer wakes nobody else. Where a batch goes on
//! in one flight, it is one message and one answer, and needs no transaction of its own: that took a
//! quarter off what one check alone costs both sides. Alone, a check
//! spends most of its time on both sides' wake-ups. What it must never do is read more the longer
//! the log: a plan made while the log was empty gathered and sorted all batches to find the newest,
//! which took 1 ms a commit after 10,000.
//!
//! This path speaks to Postgres through tokio-postgres, which sends a statement before the one
//! ahead of it was answered; everything else in the workspace uses sqlx. Its statements stand in
//! one file, and a test prepares each as the role that runs them.

mod anchors;
mod connected;
mod connection;
mod days;
mod deciding;
mod drive;
mod error;
mod head;
mod heads;
mod intake;
mod job;
mod journal;
mod lane;
mod load;
mod mutex;
mod options;
mod outcome;
pub mod read;
mod recording;
mod resume;
mod room;
mod rows;
mod script;
mod settlement;
mod shared;
mod side;
mod signer;
mod statements;
mod supervision;
mod target;
mod tls;
mod tls_verify;
mod unit;
mod write;

pub use deciding::{DecideError, Decided, Deciding, Resolution, Resolved, SettledEntry};
pub use error::{JournalError, SubmitError};
pub use journal::{AnswerOf, Journal, Recorded, SubmitResult, Submitted};
pub use options::{Health, JournalOptions};
pub use signer::{LogSigner, NoteSigner};
pub use statements::{EACH as STATEMENTS, SESSION};
