use secrecy::SecretString;
use sqlx::{ConnectOptions as _, PgConnection, migrate::Migrator};

use crate::{DbError, config, roles};

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// How many days of the log's partitions a migrated database begins with.
const DAYS_AHEAD: i32 = 7;

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The migrations that were applied now, in order: `1 gw`.
    pub applied: Vec<String>,
    /// How many had been applied before.
    pub before: usize,
}

/// Makes the roles if need be, then brings the database to this release. Any number of processes
/// may do this at once.
///
/// `progress` hears each migration's name as it begins.
///
/// # Errors
/// [`DbError::RolesMissing`]; [`DbError::Migrate`] when a migration fails, or the database has one
/// that this release does not know or knows otherwise; else when the database is unavailable.
pub async fn migrate(
    url: &SecretString,
    mut progress: impl FnMut(&str),
) -> Result<Applied, DbError> {
    roles::ensure(url).await?;
    let mut conn = config::parse(url)?.connect().await?;
    let newest = newest_applied(&mut conn).await?;
    let (old, new): (Vec<_>, Vec<_>) =
        MIGRATOR.iter().partition(|migration| Some(migration.version) <= newest);

    let mut applied = Vec::with_capacity(new.len());
    for migration in new {
        let name = format!("{} {}", migration.version, migration.description);
        progress(&name);
        MIGRATOR.run_to(migration.version, &mut conn).await?;
        applied.push(name);
    }
    // Also with nothing new: it checks that what was applied is what this release knows.
    MIGRATOR.run(&mut conn).await?;
    sqlx::query_scalar!("select journal.ensure_days($1)", DAYS_AHEAD).fetch_one(&mut conn).await?;
    Ok(Applied { applied, before: old.len() })
}

async fn newest_applied(conn: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    let begun: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *conn)
        .await?;
    if !begun {
        return Ok(None);
    }
    sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
        .fetch_one(conn)
        .await
}
