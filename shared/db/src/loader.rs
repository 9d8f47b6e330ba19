use std::{sync::Arc, time::Duration};

use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::TenantId;
use sqlx::{Executor as _, PgConnection, postgres::PgConnectOptions};

use crate::{DbError, Role, connect};

/// A snapshot holds no lock that a commit waits for, and between two of its statements a large
/// tenant's rows are unsealed.
const IDLE_LIMIT: &str = "10s";

/// A connection that only loads snapshots.
///
/// It is nobody else's, so that a load under a held head never waits for a pool that is full of
/// transactions waiting for that head.
pub struct Loader {
    options: PgConnectOptions,
    role: Role,
    root_key: Arc<RootKey>,
    idle: Option<PgConnection>,
}

impl Loader {
    pub(crate) async fn connect(
        options: PgConnectOptions,
        role: Role,
        root_key: Arc<RootKey>,
        limit: Duration,
    ) -> Result<Self, DbError> {
        let limit = format!("{}ms", limit.as_millis().max(1));
        let options = options.options([
            ("statement_timeout", limit.as_str()),
            ("lock_timeout", limit.as_str()),
            ("idle_in_transaction_session_timeout", IDLE_LIMIT),
            // What is asked for in an index's order is looked up there, and nothing is sorted
            // instead because a plan was made while there was next to nothing.
            ("enable_sort", "off"),
        ]);
        let idle = Some(connect::in_role(&options, role).await?);
        Ok(Self { options, role, root_key, idle })
    }

    /// Everything about this tenant as of one moment: `repeatable read, read only`.
    ///
    /// A connection that failed, or whose last snapshot was not finished, is replaced.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn snapshot(&mut self, tenant: TenantId) -> Result<SnapshotTx<'_>, DbError> {
        if let Some(mut conn) = self.idle.take()
            && begin(&mut conn, tenant).await.is_ok()
        {
            return Ok(SnapshotTx { conn, tenant, loader: self });
        }
        let mut conn = connect::in_role(&self.options, self.role).await?;
        begin(&mut conn, tenant).await?;
        Ok(SnapshotTx { conn, tenant, loader: self })
    }
}

async fn begin(conn: &mut PgConnection, tenant: TenantId) -> Result<(), DbError> {
    conn.execute("begin isolation level repeatable read read only").await?;
    connect::bind(conn, tenant).await
}

/// One tenant's rows as of one moment. Dropped unfinished, its connection is closed.
pub struct SnapshotTx<'a> {
    conn: PgConnection,
    tenant: TenantId,
    loader: &'a mut Loader,
}

impl SnapshotTx<'_> {
    /// The connection, for a query.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// The tenant that is bound.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The tenant's data key, which its other secrets are sealed under.
    ///
    /// # Errors
    /// When the tenant has none, or it does not open under the root key.
    pub async fn data_key(&mut self) -> Result<DataKey, DbError> {
        connect::data_key(&mut self.conn, &self.loader.root_key, self.tenant).await
    }

    /// Ends it, and keeps the connection for the next.
    ///
    /// # Errors
    /// When the database failed meanwhile.
    pub async fn finish(mut self) -> Result<(), DbError> {
        self.conn.execute("commit").await?;
        self.loader.idle = Some(self.conn);
        Ok(())
    }
}
