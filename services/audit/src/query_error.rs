use gw_db::DbError;
use gw_kernel::{Fault, FaultKind};

use crate::domain::{OutOfOrder, UsageQuestionError};

/// Why a history or a count cannot be told, or be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    /// The log has never told of it, in the caller's tenant.
    #[error("nothing has the id in the path")]
    NoObject,
    /// The tenant is not the caller's, or is none.
    #[error("there is no such tenant")]
    NoTenant,
    /// A key that is limited to gates asks for more.
    #[error("this API key is limited to certain gates, and this is about the whole tenant")]
    KeyLimited,
    /// The cursor is no entry's.
    #[error("the cursor is not one that this list gave out")]
    NoCursor,
    /// What is asked for is none of what is counted.
    #[error(transparent)]
    Question(#[from] UsageQuestionError),
    /// More rows than fit into an answer.
    #[error("this would be more than {0} rows; ask for fewer days, or tell fewer things apart")]
    TooMany(usize),
    /// There is no history yet of what the log has not been read to.
    #[error("the log is being read, and has been up to position {0}")]
    Behind(i64),
    /// What is stored of the log has a gap.
    #[error(transparent)]
    OutOfOrder(#[from] OutOfOrder),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Fault for QueryError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoObject | Self::NoTenant => FaultKind::NotFound,
            Self::KeyLimited => FaultKind::Forbidden,
            Self::NoCursor | Self::Question(_) | Self::TooMany(_) => FaultKind::Malformed,
            Self::Behind(_) => FaultKind::Unavailable,
            Self::OutOfOrder(_) => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoObject => "request.unknown_id",
            Self::NoTenant => "tenant.not_found",
            Self::KeyLimited => "caller.forbidden",
            Self::NoCursor | Self::Question(_) | Self::TooMany(_) => "request.invalid_query",
            Self::Behind(_) => "history.behind",
            Self::OutOfOrder(_) => "log.broken",
            Self::Db(error) => error.code(),
        }
    }
}
