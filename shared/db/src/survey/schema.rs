use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;
use uuid::Uuid;

use super::look;
use crate::{DatabaseConfig, DbError, Role, migrate::MIGRATIONS};

/// What was applied, beside what this release knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrations {
    /// How many this release knows.
    pub known: usize,
    /// Those that were not applied yet: `23 gw limits`.
    pub pending: Vec<String>,
    /// Numbers of those that this release does not know, knows otherwise, or that did not end well.
    pub foreign: Vec<i64>,
}

/// Compares the database's migrations with those of this release; nothing where this login may not
/// read which there were.
///
/// # Errors
/// When the database is unavailable.
pub async fn migrations(url: &SecretString) -> Result<Option<Migrations>, DbError> {
    let mut conn = look(url).await?;
    let begun: Option<bool> = sqlx::query_scalar(
        "select has_table_privilege(to_regclass('public._sqlx_migrations'), 'select')",
    )
    .fetch_one(&mut conn)
    .await?;
    let mut applied: BTreeMap<i64, (Vec<u8>, bool)> = match begun {
        Some(false) => return Ok(None),
        None => BTreeMap::new(),
        Some(true) => {
            let rows: Vec<(i64, Vec<u8>, bool)> =
                sqlx::query_as("select version, checksum, success from public._sqlx_migrations")
                    .fetch_all(&mut conn)
                    .await?;
            rows.into_iter().map(|(version, sum, well)| (version, (sum, well))).collect()
        }
    };
    let mut found = Migrations::default();
    for migration in MIGRATIONS.iter() {
        found.known += 1;
        match applied.remove(&migration.version) {
            None => found.pending.push(format!("{} {}", migration.version, migration.description)),
            Some((checksum, true)) if checksum == *migration.checksum => {}
            Some(_) => found.foreign.push(migration.version),
        }
    }
    found.foreign.extend(applied.into_keys());
    Ok(Some(found))
}

/// What the first start wrote down.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Installed {
    /// The root key's fingerprint.
    pub root_key_fingerprint: Vec<u8>,
    /// The host that the logs' origins begin with.
    pub issuer_host: String,
}

/// What this database was installed with; nothing before the first start.
///
/// # Errors
/// [`DbError::NotMigrated`]; else when the database is unavailable.
pub async fn installed(config: &DatabaseConfig, role: Role) -> Result<Option<Installed>, DbError> {
    let mut conn = in_role(config, role).await?;
    if !is_there(&mut conn, "gw.installation").await? {
        return Err(DbError::NotMigrated);
    }
    let installed = sqlx::query_as("select root_key_fingerprint, issuer_host from gw.installation");
    Ok(installed.fetch_optional(&mut conn).await?)
}

/// Days, from today to `ahead` days after it, that the log has no partition for.
///
/// # Errors
/// When the database is unavailable.
pub async fn missing_days(url: &SecretString, ahead: i32) -> Result<Vec<String>, DbError> {
    let days = sqlx::query_scalar(
        "select to_char(day, 'YYYY-MM-DD')
         from generate_series(0, $1) as n,
              lateral (select (clock_timestamp() at time zone 'UTC')::date + n as day) as wanted
         where not exists (
             select from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = to_regclass('journal.entries')
               and c.relname = 'entries_' || to_char(day, 'YYYYMMDD'))
         order by 1",
    );
    Ok(days.bind(ahead).fetch_all(&mut look(url).await?).await?)
}

/// A log that went on although it had lost entries, because an operator said so.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Acknowledged {
    /// Whose log.
    pub tenant_id: Uuid,
    /// When that was said.
    pub at: DateTime<Utc>,
}

/// Every log of which a loss was acknowledged, the latest first.
///
/// # Errors
/// When the database is unavailable.
pub async fn acknowledged(config: &DatabaseConfig) -> Result<Vec<Acknowledged>, DbError> {
    let mut directory = in_role(config, Role::Check).await?;
    let tenants: Vec<Uuid> = sqlx::query_scalar("select distinct tenant_id from gw.directory")
        .fetch_all(&mut directory)
        .await?;
    let mut lane = in_role(config, Role::Journal).await?;
    sqlx::query("select set_config('gw.tenants', $1::uuid[]::text, false)")
        .bind(tenants)
        .execute(&mut lane)
        .await?;
    let losses =
        sqlx::query_as("select tenant_id, at from journal.acknowledgements order by at desc");
    Ok(losses.fetch_all(&mut lane).await?)
}

async fn in_role(config: &DatabaseConfig, role: Role) -> Result<PgConnection, DbError> {
    let options = config.options(role)?.options([("default_transaction_read_only", "on")]);
    crate::connect::in_role(&options, role).await
}

async fn is_there(conn: &mut PgConnection, table: &str) -> Result<bool, DbError> {
    let there = sqlx::query_scalar("select to_regclass($1) is not null");
    Ok(there.bind(table).fetch_one(conn).await?)
}
