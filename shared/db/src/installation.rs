//! What this database was installed with, and must go on with: its root key and its issuer host.

use gw_crypto::seal::RootKey;
use secrecy::SecretString;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::{DbError, config};

/// What stands between the moment a data key is sealed, and the one when the root key changes.
const LOCK: &str = "gw.installation";

/// Writes down the root key's fingerprint and the issuer host at the first start; at every later
/// one, refuses others. While the root key is being replaced, either of the two will do.
///
/// # Errors
/// [`DbError::NotMigrated`], [`DbError::RootMismatch`] and [`DbError::IssuerChanged`]; else when the database is unavailable.
pub async fn claim(
    url: &SecretString,
    root_key: &RootKey,
    issuer_host: &str,
) -> Result<(), DbError> {
    let mut conn = config::parse(url)?.connect().await?;
    let current = root_key.fingerprint();
    sqlx::query!(
        "insert into gw.installation (root_key_fingerprint, issuer_host) values ($1, $2)
         on conflict do nothing",
        current.as_slice(),
        issuer_host,
    )
    .execute(&mut conn)
    .await
    .map_err(before_migrations)?;
    let installed = sqlx::query!("select root_key_fingerprint, issuer_host from gw.installation")
        .fetch_one(&mut conn)
        .await?;
    let fingerprint = installed.root_key_fingerprint.as_slice();
    match root_key.previous_fingerprint() {
        Some(previous) if fingerprint == previous => tracing::warn!(
            "the root key is being rotated: this database is of the previous one until \
             `gatewright keys rotate root` has ended"
        ),
        _ if fingerprint != current => return Err(DbError::RootMismatch),
        Some(_) => tracing::info!(
            "this database is of the current root key; a previous one is configured beside it"
        ),
        None => tracing::info!("this database is of the configured root key"),
    }
    if installed.issuer_host != issuer_host {
        return Err(DbError::IssuerChanged {
            installed: installed.issuer_host,
            configured: issuer_host.to_owned(),
        });
    }
    Ok(())
}

/// The fingerprint of the root key that new data keys are sealed under, until the transaction ends;
/// none before the first start has written one down.
/// The lock has a statement of its own: a statement's snapshot is older than what it waits for.
pub(crate) async fn pin(conn: &mut PgConnection) -> Result<Option<[u8; 8]>, DbError> {
    sqlx::query("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))")
        .bind(LOCK)
        .execute(&mut *conn)
        .await?;
    fingerprint(conn).await
}

/// As [`pin`], and nobody else does until the transaction ends.
pub(crate) async fn hold(conn: &mut PgConnection) -> Result<Option<[u8; 8]>, DbError> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(LOCK)
        .execute(&mut *conn)
        .await?;
    fingerprint(conn).await
}

async fn fingerprint(conn: &mut PgConnection) -> Result<Option<[u8; 8]>, DbError> {
    let installed = sqlx::query_scalar!("select root_key_fingerprint from gw.installation")
        .fetch_optional(conn)
        .await?;
    installed.map(|bytes| bytes.try_into().map_err(|_| DbError::RootMismatch)).transpose()
}

/// Writes down another root key's fingerprint.
pub(crate) async fn install(conn: &mut PgConnection, fingerprint: [u8; 8]) -> Result<(), DbError> {
    sqlx::query!("update gw.installation set root_key_fingerprint = $1", fingerprint.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// The first statement of a start is the one that finds no table.
fn before_migrations(error: sqlx::Error) -> DbError {
    const UNDEFINED_TABLE: &str = "42P01";
    let error = DbError::from(error);
    if error.sqlstate().as_deref() == Some(UNDEFINED_TABLE) { DbError::NotMigrated } else { error }
}
