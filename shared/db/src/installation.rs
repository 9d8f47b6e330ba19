//! What this database was installed with, and must go on with: its root key and its issuer host.

use secrecy::SecretString;
use sqlx::ConnectOptions as _;

use crate::{DbError, config};

/// Writes down the root key's fingerprint and the issuer host at the first start; at every later
/// one, refuses others.
///
/// # Errors
/// [`DbError::NotMigrated`], [`DbError::RootMismatch`] and [`DbError::IssuerChanged`]; else when the database is unavailable.
pub async fn claim(
    url: &SecretString,
    root_key_fingerprint: [u8; 8],
    issuer_host: &str,
) -> Result<(), DbError> {
    let mut conn = config::parse(url)?.connect().await?;
    sqlx::query!(
        "insert into gw.installation (root_key_fingerprint, issuer_host) values ($1, $2)
         on conflict do nothing",
        root_key_fingerprint.as_slice(),
        issuer_host,
    )
    .execute(&mut conn)
    .await
    .map_err(before_migrations)?;
    let installed = sqlx::query!("select root_key_fingerprint, issuer_host from gw.installation")
        .fetch_one(&mut conn)
        .await?;
    if installed.root_key_fingerprint != root_key_fingerprint {
        return Err(DbError::RootMismatch);
    }
    if installed.issuer_host != issuer_host {
        return Err(DbError::IssuerChanged {
            installed: installed.issuer_host,
            configured: issuer_host.to_owned(),
        });
    }
    Ok(())
}

/// The first statement of a start is the one that finds no table.
fn before_migrations(error: sqlx::Error) -> DbError {
    const UNDEFINED_TABLE: &str = "42P01";
    let error = DbError::from(error);
    if error.sqlstate().as_deref() == Some(UNDEFINED_TABLE) { DbError::NotMigrated } else { error }
}
