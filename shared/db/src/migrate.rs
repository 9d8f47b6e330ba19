use std::time::Duration;

use secrecy::SecretString;
use sqlx::{
    ConnectOptions as _, PgConnection,
    migrate::{Migrate as _, MigrateError, Migration, Migrator},
};

use crate::{DbError, config, roles};

/// Every migration of this release, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How many days of the log's partitions a migrated database begins with.
const DAYS_AHEAD: i32 = 7;
/// How often one asks whether another process has done migrating.
const TURN: Duration = Duration::from_millis(100);

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The migrations that were applied now, in order: `1 gw`.
    pub applied: Vec<String>,
    /// How many had been applied before.
    pub before: usize,
}

/// How a migration waits for a table that somebody uses.
///
/// Everybody who comes after it waits behind it, and every check does. So it waits for a moment,
/// gives way, and tries again; each attempt is the migration's whole transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long a statement waits for one lock.
    pub lock_timeout: Duration,
    /// How often a migration is tried.
    pub attempts: u32,
    /// What others have for themselves between two attempts.
    pub pause: Duration,
}

impl Default for Patience {
    /// A minute in which nobody waits longer than for a slow commit.
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_millis(100),
            attempts: 120,
            pause: Duration::from_millis(400),
        }
    }
}

/// Makes the roles if need be, then brings the database to this release. Any number of processes
/// may do this at once, while others serve.
///
/// `progress` hears each migration's name as it begins.
///
/// # Errors
/// [`DbError::RolesMissing`]; [`DbError::Migrate`] when a migration fails, or the database has one
/// that this release does not know or knows otherwise; [`DbError::MigrationLocked`] when somebody
/// used what a migration changes all the while; else when the database is unavailable.
pub async fn migrate(url: &SecretString, progress: impl FnMut(&str)) -> Result<Applied, DbError> {
    migrate_with(&MIGRATIONS, Patience::default(), url, progress).await
}

/// [`migrate`], with these migrations and this patience: for trying migrations out.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_with(
    migrations: &Migrator,
    patience: Patience,
    url: &SecretString,
    mut progress: impl FnMut(&str),
) -> Result<Applied, DbError> {
    roles::ensure(url).await?;
    let mut conn = config::parse(url)?.connect().await?;
    wait_for_turn(&mut conn).await?;
    let newest = newest_applied(&mut conn).await?;
    let mut unlocked = Migrator::with_migrations(migrations.iter().cloned().collect());
    unlocked.set_locking(false);
    let (old, new): (Vec<_>, Vec<_>) =
        migrations.iter().partition(|migration| Some(migration.version) <= newest);

    let mut applied = Vec::with_capacity(new.len());
    for migration in new {
        let name = format!("{} {}", migration.version, migration.description);
        progress(&name);
        apply(&unlocked, migration, patience, &mut conn).await?;
        applied.push(name);
    }
    // Also with nothing new: it checks that what was applied is what this release knows.
    unlocked.run(&mut conn).await?;
    set_lock_timeout(&mut conn, Duration::ZERO).await?;
    sqlx::query_scalar!("select journal.ensure_days($1)", DAYS_AHEAD).fetch_one(&mut conn).await?;
    Ok(Applied { applied, before: old.len() })
}

/// Waits until no other process migrates. The lock goes with the connection.
///
/// One asks again and again rather than waiting in Postgres: an index that is built concurrently
/// waits for every statement that is under way, and that one would wait for the index's.
async fn wait_for_turn(conn: &mut PgConnection) -> Result<(), DbError> {
    let ask = "select pg_try_advisory_lock(hashtextextended('gatewright.migrate', 0))";
    while !sqlx::query_scalar::<_, bool>(ask).fetch_one(&mut *conn).await? {
        tokio::time::sleep(TURN).await;
    }
    // The library's own lock, which releases before this one take alone.
    conn.lock().await?;
    Ok(())
}

/// Applies one migration, however often that takes.
async fn apply(
    migrations: &Migrator,
    migration: &Migration,
    patience: Patience,
    conn: &mut PgConnection,
) -> Result<(), DbError> {
    // An index that is built concurrently stands in nobody's way, and is left invalid by a timeout.
    let limit = if migration.no_tx { Duration::ZERO } else { patience.lock_timeout };
    set_lock_timeout(conn, limit).await?;
    for attempt in 1..=patience.attempts {
        match migrations.run_to(migration.version, &mut *conn).await {
            Err(error) if gave_way(&error) => {
                tracing::info!(migration.version, attempt, "a table is in use: trying again");
            }
            done => return Ok(done?),
        }
        tokio::time::sleep(patience.pause).await;
    }
    Err(DbError::MigrationLocked {
        migration: format!("{} {}", migration.version, migration.description),
        attempts: patience.attempts,
    })
}

/// Whether a lock was not to be had in time, or not without a deadlock.
fn gave_way(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

async fn set_lock_timeout(conn: &mut PgConnection, limit: Duration) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('lock_timeout', $1, false)")
        .bind(format!("{}ms", limit.as_millis()))
        .execute(conn)
        .await?;
    Ok(())
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
