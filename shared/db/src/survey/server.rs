use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::look;
use crate::DbError;

/// The server, as this login sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ServerState {
    /// As it calls itself: `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// The same as a number: 150018.
    pub version_number: i32,
    /// Its clock.
    pub now: DateTime<Utc>,
    /// Whether it is a standby, which cannot be written to.
    pub in_recovery: bool,
    /// Its `synchronous_standby_names`.
    pub standby_names: String,
    /// Whether this login's commits wait for the disk.
    pub commits_are_flushed: bool,
    /// Whether what is flushed is on the disk: `fsync` and `full_page_writes`.
    pub writes_are_safe: bool,
    /// Connections that it takes, without those reserved for superusers.
    pub connections: i32,
    /// Bytes of this database.
    pub bytes: i64,
}

/// Asks the server.
///
/// # Errors
/// When the URL cannot be read, or the database is unavailable or refuses the login.
pub async fn server(url: &SecretString) -> Result<ServerState, DbError> {
    let state = sqlx::query_as(
        "select current_setting('server_version') as version,
             current_setting('server_version_num')::int as version_number,
             clock_timestamp() as now,
             pg_is_in_recovery() as in_recovery,
             current_setting('synchronous_standby_names') as standby_names,
             current_setting('synchronous_commit') <> 'off' as commits_are_flushed,
             current_setting('fsync')::bool and current_setting('full_page_writes')::bool
                 as writes_are_safe,
             current_setting('max_connections')::int
                 - current_setting('superuser_reserved_connections')::int as connections,
             pg_database_size(current_database()) as bytes",
    );
    Ok(state.fetch_one(&mut look(url).await?).await?)
}
