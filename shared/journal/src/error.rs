//! What can go wrong, as the caller of a check and as the operator see it.

use gw_kernel::{Fault, FaultKind};

/// Why a decision was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError<R> {
    /// Decided again, the question was refused. Nothing was appended.
    #[error(transparent)]
    Refused(R),
    /// The tenant's configuration could not be loaded in time. Nothing was appended.
    #[error("the tenant's configuration could not be loaded in time; try again")]
    Stale,
    /// The database did not take the record in time, or the queue, or the tenant's
    /// share of it, is full. Nothing was appended.
    #[error("the decision could not be recorded; try again")]
    JournalUnavailable,
    /// The record was sent, and its commit was not seen.
    #[error("the record was sent but its commit was not seen in time")]
    OutcomeUnknown,
    /// The caller's key names another request, which was decided. Nothing was appended.
    #[error("the idempotency key was given with another request within the last 24 hours")]
    Conflict,
    /// The log is shorter than, or differs from, what was seen of it before.
    #[error("the tenant's log has lost entries; an operator has to look at it")]
    LogRegressed,
}

impl<R: Fault> Fault for SubmitError<R> {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Conflict => FaultKind::Conflict,
            _ => FaultKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Stale => "check.stale",
            Self::JournalUnavailable => "check.journal_unavailable",
            Self::OutcomeUnknown => "check.outcome_unknown",
            Self::Conflict => "check.idempotency_conflict",
            Self::LogRegressed => "log.regressed",
        }
    }
}

/// Why the journal cannot start.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The connection's options do not describe a server that can be reached.
    #[error("the journal's database options cannot be used: {0}")]
    Options(String),
    /// Fewer than one lane or side connection, or no room in the queue.
    #[error("the journal needs at least one lane, one side connection and room for one check")]
    NoCapacity,
}
