#![expect(clippy::disallowed_types, reason = "the crate that keeps the pool from everybody else")]

use std::{sync::Arc, time::Duration};

use gw_crypto::seal::RootKey;
use gw_kernel::{Clock, Fault as _, FaultKind, Identity, TenantId};
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use crate::{
    DatabaseConfig, DbError, Loader, PlatformTx, Reason, Role, TenantTx,
    connect::{self, assert_role},
    places::Places,
    probe::{Pong, Probe},
};

/// How long a use case waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a snapshot may take to load when nobody's head is held meanwhile.
const LOAD_LIMIT: Duration = Duration::from_secs(5);

/// One service's way to the database, in that service's role. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

/// How many connections a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// In a transaction.
    pub used: u32,
    /// Waiting for one.
    pub idle: u32,
    /// There are never more.
    pub most: u32,
}

struct Inner {
    role: Role,
    options: PgConnectOptions,
    pool: PgPool,
    places: Places,
    probe: Probe,
    root_key: Arc<RootKey>,
    clock: Arc<dyn Clock>,
}

impl Db {
    /// Prepares a pool in this role. Connections are made when they are needed: a database that is
    /// away for now is not an error here, [`Db::ping`] tells.
    ///
    /// # Errors
    /// When there is no login for the role, or the one there is does not lead to the role, or
    /// leads to one that sees past the wall.
    pub async fn connect(
        config: &DatabaseConfig,
        role: Role,
        keys: Arc<RootKey>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DbError> {
        let options = config.options(role)?;
        // The pool would try a refused connection again and again, and report a timeout.
        match connect::in_role(&options, role).await {
            Ok(conn) => drop(conn),
            Err(error) if error.kind() == FaultKind::Unavailable => {
                tracing::warn!(%role, %error, "the database is not available yet");
            }
            Err(error) => return Err(error),
        }
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |conn, _| {
                Box::pin(async move {
                    assert_role(conn, role)
                        .await
                        .map_err(|error| sqlx::Error::Configuration(Box::new(error)))
                })
            })
            .connect_lazy_with(options.clone());
        Ok(Self(Arc::new(Inner {
            role,
            options,
            pool,
            places: Places::new(config.max_connections, ACQUIRE_TIMEOUT),
            probe: Probe::default(),
            root_key: keys,
            clock,
        })))
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The key that every tenant's data key is sealed under.
    #[must_use]
    pub fn root_key(&self) -> &RootKey {
        &self.0.root_key
    }

    /// The role that every connection is in.
    #[must_use]
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// How to connect in this role: for the journal, which has a driver of its own.
    #[must_use]
    pub fn pg_options(&self) -> PgConnectOptions {
        self.0.options.clone()
    }

    /// Opens a transaction as this caller, within this caller's tenant. One tenant has three quarters
    /// of the connections at most; beyond them it waits in its own line.
    ///
    /// # Errors
    /// When the database is unavailable, or the tenant has too much under way.
    pub async fn tenant(&self, who: &Identity) -> Result<TenantTx, DbError> {
        let place = self.0.places.take(who.tenant).await?;
        let now = self.0.clock.now();
        let tx = self.begin().await?;
        TenantTx::open(tx, place, who.clone(), now, self.0.root_key.clone()).await
    }

    /// Opens a transaction that belongs to no tenant; it starts bound to the platform's own.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn platform(&self, reason: Reason) -> Result<PlatformTx, DbError> {
        let now = self.0.clock.now();
        PlatformTx::open(self.begin().await?, reason, now, self.0.root_key.clone()).await
    }

    /// A connection of its own, outside the pool, for loading snapshots.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn loader(&self) -> Result<Loader, DbError> {
        self.loader_within(LOAD_LIMIT).await
    }

    /// Like [`Db::loader`], where no statement, and no wait for a lock, lasts longer than `limit`:
    /// for loading while a head is held.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn loader_within(&self, limit: Duration) -> Result<Loader, DbError> {
        let inner = &self.0;
        Loader::connect(inner.options.clone(), inner.role, inner.root_key.clone(), limit).await
    }

    /// Which tenant a public id belongs to: for routes that authenticate nobody.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn directory(&self, kind: &str, id: Uuid) -> Result<Option<TenantId>, DbError> {
        let tenant = sqlx::query_scalar!(
            "select tenant_id from gw.directory where kind = $1 and id = $2",
            kind,
            id,
        )
        .fetch_optional(&self.0.pool)
        .await?;
        Ok(tenant.map(TenantId::from_uuid))
    }

    /// Asks Postgres, on a connection that no request can take: what readiness is about.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn ping(&self) -> Result<Pong, DbError> {
        self.0.probe.ping(&self.0.options, self.0.role).await
    }

    /// The connections of the pool, as they are now.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        let pool = &self.0.pool;
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        let most = pool.options().get_max_connections();
        PoolUse { used: pool.size().saturating_sub(idle), idle, most }
    }

    /// READ COMMITTED, whatever the server's default is: what `journal.append` demands.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, DbError> {
        Ok(self.0.pool.begin_with("begin isolation level read committed").await?)
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("role", &self.0.role).finish_non_exhaustive()
    }
}
