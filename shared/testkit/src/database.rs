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
}
