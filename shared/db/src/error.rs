use gw_contracts::EntryError;
use gw_kernel::{Fault, FaultKind, TenantId};

use crate::Role;

/// What can go wrong between a service and its database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Postgres, or the way to it, failed.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    /// A migration failed, or the database has one that this release does not know.
    #[error("the database could not be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Somebody used what a migration changes, at every attempt.
    #[error(
        "migration {migration} did not get its locks in {attempts} attempts, and nobody was kept \
         waiting for it: end what holds them (a report, a dump, an idle transaction) and run \
         `gatewright migrate` again"
    )]
    MigrationLocked {
        /// Which.
        migration: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// No migration has made what this release needs.
    #[error("the database has not been migrated: run `gatewright migrate` first")]
    NotMigrated,
    /// The database URL cannot be read.
    #[error(
        "the database URL cannot be read; it looks like postgres://user:password@host:5432/database"
    )]
    BadUrl,
    /// Neither a login of its own nor a shared one.
    #[error(
        "no database login for {0}: set database.roles.<name>.url, or database.url with \
         database.shared_login = true"
    )]
    NoLogin(Role),
    /// The login may not make the roles, and they are not there.
    #[error(
        "the database roles {0} are missing and this login may not make them; an administrator \
         can run what `gatewright migrate --print-roles` prints"
    )]
    RolesMissing(String),
    /// A connection came up as somebody else, or as somebody the wall does not stop.
    #[error("the database connection is not in role {0}, or that role sees past the tenants' wall")]
    WrongRole(Role),
    /// A transaction wrote and recorded nothing: a fact without an entry.
    #[error("a transaction changed something and recorded no event")]
    Unrecorded,
    /// The request was answered before, or is being answered, or another was under its key.
    #[error("the request, or another under its key, was sent before")]
    Repeated,
    /// A request that is done together with its answer is done in one transaction.
    #[error("a request with an idempotency key was committed twice")]
    SecondCommit,
    /// The tenant has as many requests under way as one tenant may.
    #[error("the tenant has too many requests under way")]
    TenantBusy,
    /// Machinery has no name in the log.
    #[error("machinery cannot record an event; only an actor can")]
    NoActor,
    /// The event cannot become an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The tenant has no data key.
    #[error("tenant {0} has no data key")]
    NoDataKey(TenantId),
    /// The tenant's data key does not open under the root key.
    #[error("the data key of tenant {0} does not open under this root key")]
    Sealed(TenantId),
    /// Something of the tenant's opens neither under its data key nor under the one before.
    #[error("what belongs at `{place}` of tenant {tenant} does not open under its data key")]
    Unsealed {
        /// The tenant.
        tenant: TenantId,
        /// What the sealed bytes are bound to.
        place: String,
    },
    /// The database was installed with another root key.
    #[error("this database was installed with another root key")]
    RootMismatch,
    /// The database was installed for another issuer host.
    #[error(
        "this database was installed for issuer host `{installed}`, not `{configured}`: a log's \
         origin cannot change"
    )]
    IssuerChanged {
        /// The host that the logs' origins begin with.
        installed: String,
        /// The host in the configuration.
        configured: String,
    },
}

impl DbError {
    /// The five characters of Postgres' error code (SQLSTATE), where Postgres answered with one.
    #[must_use]
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Sqlx(sqlx::Error::Database(error)) => error.code().map(|code| code.into_owned()),
            _ => None,
        }
    }

    /// Whether the database is away, starting, stopping, full or kept busy by somebody else, so
    /// that the same request may succeed in a moment.
    fn is_unavailable(&self) -> bool {
        match self {
            Self::Sqlx(
                sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Io(_)
                | sqlx::Error::Tls(_),
            ) => true,
            Self::Sqlx(sqlx::Error::Database(_)) => self.sqlstate().is_some_and(|code| {
                let class = code.get(..2).unwrap_or_default();
                matches!(class, "08" | "53" | "57" | "58")
                    || matches!(code.as_str(), "40001" | "40P01" | "55P03" | "25P03")
            }),
            _ => false,
        }
    }
}

impl Fault for DbError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Repeated => FaultKind::Conflict,
            // Another process, or this one with another root key, can answer.
            Self::Sealed(_) | Self::RootMismatch | Self::TenantBusy => FaultKind::Unavailable,
            // When whoever holds the lock is done.
            Self::MigrationLocked { .. } => FaultKind::Unavailable,
            _ if self.is_unavailable() => FaultKind::Unavailable,
            _ => FaultKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            _ if self.is_unavailable() => "database.unavailable",
            Self::TenantBusy => "tenant.busy",
            Self::Repeated => "check.idempotency_conflict",
            Self::BadUrl | Self::NoLogin(_) => "config.database",
            Self::RolesMissing(_) => "database.roles_missing",
            Self::WrongRole(_) => "database.wrong_role",
            Self::Migrate(_) => "database.migration_failed",
            Self::MigrationLocked { .. } => "database.migration_locked",
            Self::NotMigrated => "database.not_migrated",
            Self::RootMismatch => "keys.root_mismatch",
            Self::Sealed(_) | Self::Unsealed { .. } => "keys.data_key_unreadable",
            Self::IssuerChanged { .. } => "config.issuer_changed",
            _ => "internal.db",
        }
    }
}

/// Turns the violation of a named constraint into an error of the business.
pub trait OnConstraint<T> {
    /// The business's own error when this constraint refused the row; any other as [`DbError`].
    ///
    /// # Errors
    /// Whatever the statement's were.
    fn on_constraint<E: From<DbError>>(
        self,
        name: &str,
        refused: impl FnOnce() -> E,
    ) -> Result<T, E>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint<E: From<DbError>>(
        self,
        name: &str,
        refused: impl FnOnce() -> E,
    ) -> Result<T, E> {
        self.map_err(|error| match error.as_database_error() {
            Some(violation) if violation.constraint() == Some(name) => refused(),
            _ => E::from(DbError::Sqlx(error)),
        })
    }
}
