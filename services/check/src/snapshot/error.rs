use gw_db::DbError;
use gw_kernel::{Fault, FaultKind};

/// Why a tenant could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key that does not unseal.
    #[error("a key of the tenant does not unseal under the root key")]
    Sealed,
    /// A row that cannot be understood.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
}

impl LoadError {
    /// Whether it is what is stored of the tenant: the connection is as good as before, and
    /// another load at once would find the same.
    pub(super) fn is_stored(&self) -> bool {
        match self {
            Self::Sealed | Self::Unreadable(_) => true,
            Self::Db(error) => matches!(error, DbError::NoDataKey(_) | DbError::Sealed(_)),
        }
    }
}

/// Why there is no state to decide from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// No tenant has this id.
    #[error("there is no such tenant")]
    Unknown,
    /// It could not be loaded in time.
    #[error("the tenant's configuration could not be loaded in time; try again")]
    Stale,
}

impl Fault for SnapshotError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Unknown => FaultKind::NotFound,
            Self::Stale => FaultKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "tenant.not_found",
            Self::Stale => "check.stale",
        }
    }
}
