//! The database roles. They belong to the cluster, so no migration makes them.

use std::fmt::Write as _;

use secrecy::SecretString;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use crate::{DbError, config};

/// Makes them, again and again without harm.
const CREATE: &str = include_str!("roles.sql");

/// Every role, in the order in which they are made. None logs in by itself, none is a superuser,
/// none bypasses row-level security.
pub const ALL: [&str; 9] = [
    "gw_app",
    "gw_publisher",
    "gw_log",
    "gw_tenants",
    "gw_gates",
    "gw_capabilities",
    "gw_check",
    "gw_audit",
    "gw_journal",
];

/// Who is in the group `gw_app`, to which the tenants' wall applies. Not `gw_log` and not
/// `gw_journal`: they have policies of their own, and the group's would be evaluated besides.
pub const IN_APP: [&str; 6] =
    ["gw_publisher", "gw_tenants", "gw_gates", "gw_capabilities", "gw_check", "gw_audit"];

/// Who must be among the migrating login's own roles, to be given views and functions.
const OWNERS: [&str; 2] = ["gw_publisher", "gw_log"];

/// Makes the roles that are missing, and lets this login act as each of them.
///
/// Any number of processes may do this at once. A login that may not make roles changes nothing.
///
/// # Errors
/// [`DbError::RolesMissing`] when roles are missing and this login may not make them; else when
/// the database is unavailable.
pub async fn ensure(url: &SecretString) -> Result<(), DbError> {
    // A lock lives in one database and roles in the whole cluster: everybody meets here.
    let mut conn = config::parse(url)?.database("postgres").connect().await?;
    let mut tx = conn.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('gatewright.roles', 0))")
        .execute(&mut *tx)
        .await?;
    let missing = missing(&mut tx).await?;
    if missing.is_empty() {
        return Ok(());
    }
    make(&mut tx).await.map_err(|error| match error.as_database_error() {
        Some(refusal) if refusal.code().as_deref() == Some("42501") => {
            DbError::RolesMissing(missing.join(", "))
        }
        _ => DbError::Sqlx(error),
    })?;
    tx.commit().await?;
    Ok(())
}

/// What an administrator runs where the login may not make roles.
#[must_use]
pub fn sql() -> String {
    let mut sql = CREATE.to_owned();
    _ = writeln!(sql, "-- and to the login that migrates, and that services share if they do:");
    _ = writeln!(sql, "-- grant {} to <login>;", ALL.join(", "));
    sql
}

async fn make(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(CREATE).execute(&mut *conn).await?;
    let superuser =
        sqlx::query_scalar!(r#"select current_setting('is_superuser') = 'on' as "is!""#)
            .fetch_one(&mut *conn)
            .await?;
    if !superuser {
        let grant = format!("grant {} to current_user", ALL.join(", "));
        sqlx::raw_sql(sqlx::AssertSqlSafe(grant)).execute(conn).await?;
    }
    Ok(())
}

/// The roles that are not there, not in their group, or not this login's to give things to.
async fn missing(conn: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select name as "name!" from unnest($1::text[]) as name
           where not exists (select from pg_roles where rolname = name)
              or name = any ($2) and not exists (
                  select from pg_auth_members
                  where member = to_regrole(name) and roleid = to_regrole('gw_app'))
              or name = any ($3) and not pg_has_role(to_regrole(name), 'member')"#,
        &ALL as &[&str],
        &IN_APP as &[&str],
        &OWNERS as &[&str],
    )
    .fetch_all(conn)
    .await
}
