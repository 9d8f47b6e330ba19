use gw_db::DbError;

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
