use gw_db::DbError;

use crate::Finding;

/// Why there is no good answer.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The log is not what it must be.
    #[error(transparent)]
    Found(#[from] Finding),
    /// It could not be read.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for AuditError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}
