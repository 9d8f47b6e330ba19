use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use gw_crypto::seal::RootKey;
use gw_db::{DatabaseConfig, Db, Role};
use gw_kernel::{Clock, FixedClock, SystemClock};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

use crate::server;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A migrated database of the test's own, and what a process needs to use it.
pub struct Database {
    url: String,
    /// The clock that every service of this test reads. It starts at the machine's time and stands.
    pub clock: Arc<FixedClock>,
    /// The key under which tenants' keys are sealed.
    pub root_key: Arc<RootKey>,
}

/// A fresh copy of the migrated template.
///
/// # Panics
/// When Postgres cannot be had; the sentence says what to install.
pub async fn database() -> Database {
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    create(&name, template).await;
    Database {
        url: with_database(server::url(), &name),
        clock: Arc::new(FixedClock::at(SystemClock.now())),
        root_key: Arc::new(RootKey::from_bytes([0x42; 32])),
    }
}

async fn make_template() -> String {
    let name = format!("template_{}", std::process::id());
    create(&name, "template0").await;
    let url = with_database(server::url(), &name);
    gw_db::migrate(&url.as_str().into(), |_| {}).await.expect("the migrations apply");
    name
}

async fn create(name: &str, template: &str) {
    // On a server that outlives this process, one of the same number may have left its own.
    execute(server::url(), &format!("drop database if exists {name} with (force)")).await;
    execute(server::url(), &format!("create database {name} template {template}")).await;
}

async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.expect("the test server answers");
    connection.execute(sqlx::AssertSqlSafe(sql)).await.expect(sql);
}

fn with_database(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a database URL has a path");
    format!("{server}/{name}")
}

impl Database {
    /// The URL of this database, as its owner.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a service is told about this database.
    #[must_use]
    pub fn config(&self) -> DatabaseConfig {
        DatabaseConfig {
            url: Some(self.url.as_str().into()),
            shared_login: true,
            ..DatabaseConfig::default()
        }
    }

    /// A service's way in, as the role that production uses.
    ///
    /// # Panics
    /// When the role is missing or stronger than it may be.
    pub async fn db(&self, role: Role) -> Db {
        let clock: Arc<dyn Clock> = self.clock.clone();
        Db::connect(&self.config(), role, self.root_key.clone(), clock)
            .await
            .expect("the role can connect")
    }

    /// The owner's connections: behind no wall, for looking at what the service did.
    ///
    /// # Panics
    /// When the server is gone.
    #[expect(clippy::disallowed_types, reason = "the owner's view of a test database")]
    pub async fn owner(&self) -> sqlx::PgPool {
        sqlx::postgres::PgPoolOptions::new()
            .max_connections(4)
            .connect(&self.url)
            .await
            .expect("the owner can connect")
    }

    /// How many rows of this table, and entries of its indexes, were read since the database was
    /// made. Ends everybody's sessions but the asker's: that is when they tell.
    ///
    /// # Panics
    /// When the server is gone, or a session does not end.
    pub async fn rows_read(&self, table: &str) -> i64 {
        let mut asker = PgConnection::connect(&self.url).await.expect("the owner can connect");
        let ended: Vec<bool> = sqlx::query_scalar(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()
                 and backend_type = 'client backend'",
        )
        .fetch_all(&mut asker)
        .await
        .expect("the owner can end sessions");
        assert!(ended.into_iter().all(|ended| ended), "a session does not end");
        sqlx::query_scalar(
            "select (seq_tup_read + (select coalesce(sum(idx_tup_read), 0)
                 from pg_stat_user_indexes i where i.relid = t.relid))::bigint
             from pg_stat_user_tables t where t.relid = $1::text::regclass",
        )
        .bind(table)
        .fetch_one(&mut asker)
        .await
        .expect("the table is there")
    }
}
