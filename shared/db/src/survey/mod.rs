//! What a database says of itself, in whatever state it is: for an operator who asks what is wrong.
//!
//! Every connection is read only, asks catalogs before tables, and goes when it has answered. So
//! these doors open where [`Db::connect`](crate::Db::connect) refuses, and change nothing.

mod rights;
mod schema;
mod server;

pub use rights::{LoginState, Rights, RoleState, login, rights, rights_given};
pub use schema::{
    Acknowledged, Installed, Migrations, acknowledged, installed, migrations, missing_days,
};
pub use server::{ServerState, server};

use std::time::Duration;

use secrecy::SecretString;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::{DbError, config};

/// An operator waits at the terminal.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection as this login, which cannot write.
async fn look(url: &SecretString) -> Result<PgConnection, DbError> {
    let options = config::parse(url)?.application_name("gatewright doctor").options([
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "5s"),
        ("search_path", "pg_catalog"),
    ]);
    let connected = tokio::time::timeout(PATIENCE, options.connect()).await;
    Ok(connected.map_err(|_| sqlx::Error::PoolTimedOut)??)
}
