//! One connection to Postgres, and how it comes back.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use gw_kernel::TenantId;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, Config};
use tokio_util::sync::CancellationToken;

use crate::{
    JournalError,
    drive::drive,
    statements::{SESSION, Statements},
    tls::{self, Tls},
};

/// The only role that may run the journal's statements.
const ROLE: &str = "gw_journal";

/// Who the connection is: its role, and whether it could see past the walls.
const WHO: &str = "select current_user::text, rolsuper or rolbypassrls \
    from pg_catalog.pg_roles where rolname = current_user";

/// Between a connection that failed and the next one.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where connections go, and how long they may be silent.
pub(crate) struct Target {
    config: Config,
    tls: Tls,
    pub(crate) patience: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    #[error("the database did not answer in time")]
    Timeout,
    #[error("connected as {0}, which is not {ROLE} behind row-level security")]
    Role(String),
}

impl Target {
    pub(crate) fn new(
        options: &PgConnectOptions,
        patience: Duration,
    ) -> Result<Self, JournalError> {
        // sqlx keeps the password to itself, but spells it in its URL; the parameters that only
        // sqlx knows are dropped, and the ones that matter are set again.
        let mut url = options.to_url_lossy();
        let roots = url.query_pairs().find(|(name, _)| name == "sslrootcert");
        let roots = roots.map(|(_, value)| value.trim_start_matches("file: ").to_owned());
        let tls = Tls::new(options.get_ssl_mode(), roots.as_deref())?;
        url.set_query(None);
        let mut config: Config =
            url.as_str().parse().map_err(|error| JournalError::Options(format!("{error}")))?;
        config
            .user(options.get_username())
            .ssl_mode(tls::ssl_mode(options.get_ssl_mode()))
            .application_name("gatewright-journal")
            .connect_timeout(patience)
            .tcp_user_timeout(patience)
            .keepalives_idle(Duration::from_secs(1))
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(2);
        if let Some(database) = options.get_database() {
            config.dbname(database);
        }
        if let Some(startup) = options.get_options() {
            config.options(startup);
        }
        Ok(Self { config, tls, patience })
    }

    /// Connects as [`ROLE`] and prepares every statement.
    pub(crate) async fn connect(&self) -> Result<Link, ConnectError> {
        let connecting = async {
            let (client, connection) = self.config.connect(self.tls.clone()).await?;
            let warned = Arc::new(AtomicBool::new(false));
            let ended = CancellationToken::new();
            tokio::spawn(drive(connection, Arc::clone(&warned), ended.clone().drop_guard()));
            client.batch_execute(SESSION).await?;
            let who = client.query_one(WHO, &[]).await?;
            let (user, sees_all): (String, bool) = (who.try_get(0)?, who.try_get(1)?);
            if user != ROLE || sees_all {
                return Err(ConnectError::Role(user));
            }
            let statements = Statements::prepare(&client).await?;
            Ok(Link { client, statements, warned, ended, patience: self.patience })
        };
        timeout(self.patience, connecting).await.map_err(|_| ConnectError::Timeout)?
    }
}

/// A connection with its statements.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    warned: Arc<AtomicBool>,
    ended: CancellationToken,
    pub(crate) patience: Duration,
}

impl Link {
    /// Forgets the warnings so far.
    pub(crate) fn hush(&self) {
        self.warned.store(false, Ordering::Release);
    }

    /// Whether the server warned since [`Self::hush`].
    pub(crate) fn warned(&self) -> bool {
        self.warned.load(Ordering::Acquire)
    }

    /// Waits until the connection has ended.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Begins a transaction that sees these tenants, and no other.
    pub(crate) async fn begin(
        &self,
        tenants: impl Iterator<Item = TenantId>,
    ) -> Result<(), tokio_postgres::Error> {
        let list: Vec<String> = tenants.map(|tenant| tenant.uuid().to_string()).collect();
        let begin = format!(
            "begin isolation level read committed; set local gw.tenants = '{{{}}}'",
            list.join(",")
        );
        self.client.batch_execute(&begin).await
    }

    /// Gives up the transaction. False when the connection is no longer of use.
    pub(crate) async fn roll_back(&self) -> bool {
        matches!(timeout(self.patience, self.client.batch_execute("rollback")).await, Ok(Ok(())))
    }
}

/// A connection that is counted while it is up.
pub(crate) struct Counted<'a> {
    link: Link,
    up: &'a AtomicUsize,
}

impl Deref for Counted<'_> {
    type Target = Link;

    fn deref(&self) -> &Link {
        &self.link
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.up.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Connects, again and again, with longer pauses up to a second. None at shutdown.
pub(crate) async fn connected<'a>(
    target: &Target,
    up: &'a AtomicUsize,
    shutdown: &CancellationToken,
) -> Option<Counted<'a>> {
    let mut pause = FIRST_PAUSE;
    loop {
        match target.connect().await {
            Ok(link) => {
                up.fetch_add(1, Ordering::Relaxed);
                return Some(Counted { link, up });
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the journal has no connection"
            ),
        }
        tokio::select! {
            () = shutdown.cancelled() => return None,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}
