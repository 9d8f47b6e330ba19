use gw_db::DbError;
use gw_journal::read;
use gw_kernel::{Fault, FaultKind};

use crate::snapshot::SnapshotError;

/// Why something cannot be read back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The tenant has no such gate, or the key does not reach it.
    #[error("there is no such gate")]
    NoGate,
    /// The tenant has no such decision, or the key does not reach its gate.
    #[error("there is no such decision")]
    NoDecision,
    /// What it said is past the tenant's retention: its leaf is all that is left.
    #[error("the record of this decision is past the tenant's retention; its hash is in the log")]
    Expired,
    /// No tenant has this id, or it is not the caller's.
    #[error("there is no such tenant")]
    NoTenant,
    /// A record is not what this service writes.
    #[error("the record at position {0} cannot be read")]
    Unreadable(u64),
    /// There is no receipt.
    #[error(transparent)]
    Log(#[from] read::ReadError),
    /// The tenant could not be loaded.
    #[error(transparent)]
    Snapshot(SnapshotError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SnapshotError> for ReadError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Unknown => Self::NoTenant,
            stale @ SnapshotError::Stale => Self::Snapshot(stale),
        }
    }
}

impl Fault for ReadError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoGate | Self::NoDecision | Self::NoTenant => FaultKind::NotFound,
            Self::Expired => FaultKind::Gone,
            Self::Unreadable(_) => FaultKind::Internal,
            Self::Log(error) => error.kind(),
            Self::Snapshot(error) => error.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoGate => "gate.not_found",
            Self::NoDecision => "decision.not_found",
            Self::Expired => "decision.expired",
            Self::NoTenant => "tenant.not_found",
            Self::Unreadable(_) => "log.broken",
            Self::Log(error) => error.code(),
            Self::Snapshot(error) => error.code(),
            Self::Db(error) => error.code(),
        }
    }
}
