use gw_db::DbError;
use gw_kernel::{Fault, FaultKind};

/// Why something of the log cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log has no entry at this position.
    #[error("the log has no entry at position {0}")]
    NoEntry(u64),
    /// No checkpoint covers the entry yet, and none could be signed.
    #[error("no checkpoint covers position {0} yet")]
    NoCheckpoint(u64),
    /// What is stored does not lead to the root that was signed.
    #[error("the log's stored entries do not lead to its signed root at size {0}")]
    Broken(u64),
    /// No entry has the cursor's id.
    #[error("the cursor is not one that this list gave out")]
    NoCursor,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Fault for ReadError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoEntry(_) => FaultKind::NotFound,
            Self::NoCursor => FaultKind::Malformed,
            Self::NoCheckpoint(_) => FaultKind::Unavailable,
            Self::Broken(_) => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoEntry(_) => "log.no_entry",
            Self::NoCursor => "request.invalid_query",
            Self::NoCheckpoint(_) => "log.no_checkpoint",
            Self::Broken(_) => "log.broken",
            Self::Db(error) => error.code(),
        }
    }
}
