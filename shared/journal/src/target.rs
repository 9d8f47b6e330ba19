//! Where connections go, and what is done with each before it is used.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use futures::FutureExt as _;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tokio::time::timeout;
use tokio_postgres::{Client, Config};
use tokio_util::sync::CancellationToken;

use crate::{
    JournalError,
    connection::{Connection, Link},
    drive::{alongside, drive},
    statements::{SESSION, Statements},
    tls::{self, Tls},
};

/// The only role that may run the journal's statements.
const ROLE: &str = "gw_journal";

/// Who the connection is: its role, and whether it could see past the walls.
const WHO: &str = "select current_user::text, rolsuper or rolbypassrls \
    from pg_catalog.pg_roles where rolname = current_user";

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
        if let Some(folder) = options.get_socket() {
            config = at_socket(&config, folder, options.get_port());
        }
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
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        let connecting = async {
            let (client, connection) = self.config.connect(self.tls.clone()).await?;
            let warned = Arc::new(AtomicBool::new(false));
            let ended = CancellationToken::new();
            let driving = drive(connection, Arc::clone(&warned), ended.clone().drop_guard());
            let mut driving = driving.boxed().fuse();
            let statements = alongside(&mut driving, prepare(&client)).await?;
            let link = Link::new(client, statements, warned, ended, self.patience);
            Ok(Connection::new(link, driving))
        };
        timeout(self.patience, connecting).await.map_err(|_| ConnectError::Timeout)?
    }
}

/// The way in through the socket in a folder, with the same password.
fn at_socket(config: &Config, folder: &Path, port: u16) -> Config {
    let mut at_socket = Config::new();
    at_socket.host_path(folder).port(port);
    if let Some(password) = config.get_password() {
        at_socket.password(password);
    }
    at_socket
}

/// Sets what every connection sets, and prepares every statement.
async fn prepare(client: &Client) -> Result<Statements, ConnectError> {
    client.batch_execute(SESSION).await?;
    let who = client.query_one(WHO, &[]).await?;
    let (user, sees_all): (String, bool) = (who.try_get(0)?, who.try_get(1)?);
    if user != ROLE || sees_all {
        return Err(ConnectError::Role(user));
    }
    Ok(Statements::prepare(client).await?)
}
