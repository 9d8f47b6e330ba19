use std::collections::BTreeSet;

use secrecy::SecretString;
use sqlx::{ConnectOptions as _, PgConnection};

use super::{PATIENCE, look};
use crate::{DatabaseConfig, DbError, Role, roles};

/// What this release's migrations give to the roles, written by a test of this crate.
const EXPECTED: &str = include_str!("grants.txt");

/// One of the roles of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RoleState {
    /// Its name.
    pub name: String,
    /// Whether it is there.
    pub exists: bool,
    /// Whether row-level security does not hold for it.
    pub sees_past_the_wall: bool,
    /// Whether it is in the group `gw_app`, where it has to be.
    pub in_its_group: bool,
}

/// The roles, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Every role of this release.
    pub roles: Vec<RoleState>,
    /// Rights that this release needs and nobody gave.
    pub missing: Vec<String>,
    /// Rights that this release does not give.
    pub in_excess: Vec<String>,
}

/// Compares the roles and their rights with what this release makes. Rights say something only
/// where the migrations are those of this release.
///
/// # Errors
/// When the database is unavailable.
pub async fn rights(url: &SecretString) -> Result<Rights, DbError> {
    let mut conn = look(url).await?;
    let given: BTreeSet<_> = given(&mut conn).await?.into_iter().collect();
    let expected: BTreeSet<_> = EXPECTED.lines().map(str::to_owned).collect();
    let roles = sqlx::query_as(
        "select name,
             r.rolname is not null as exists,
             coalesce(r.rolsuper or r.rolbypassrls, false) as sees_past_the_wall,
             name <> all ($2) or exists (
                 select from pg_auth_members
                 where member = to_regrole(name) and roleid = to_regrole('gw_app'))
                 as in_its_group
         from unnest($1::text[]) as name left join pg_roles r on r.rolname = name
         order by name",
    )
    .bind(&roles::ALL as &[&str])
    .bind(&roles::IN_APP as &[&str])
    .fetch_all(&mut conn)
    .await?;
    Ok(Rights {
        roles,
        missing: expected.difference(&given).cloned().collect(),
        in_excess: given.difference(&expected).cloned().collect(),
    })
}

/// Every right that the roles have, one a line: `gw_check select journal.published_entries`.
///
/// # Errors
/// When the database is unavailable.
pub async fn rights_given(url: &SecretString) -> Result<Vec<String>, DbError> {
    given(&mut look(url).await?).await
}

async fn given(conn: &mut PgConnection) -> Result<Vec<String>, DbError> {
    let rights = sqlx::query_scalar(include_str!("grants.sql"));
    Ok(rights.bind(&roles::ALL as &[&str]).fetch_all(conn).await?)
}

/// Who a service connects as.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LoginState {
    /// The login that the URL names.
    pub login: String,
    /// Whether the connection is in the service's role.
    pub in_role: bool,
    /// Whether the login itself is a superuser, or row-level security does not hold for it.
    pub sees_past_the_wall: bool,
}

/// Connects as this service does, and says who that is.
///
/// # Errors
/// When there is no login for the role, or the database is unavailable or refuses it.
pub async fn login(config: &DatabaseConfig, role: Role) -> Result<LoginState, DbError> {
    let options = config.options(role)?.options([("default_transaction_read_only", "on")]);
    let connected = tokio::time::timeout(PATIENCE, options.connect()).await;
    let mut conn = connected.map_err(|_| sqlx::Error::PoolTimedOut)??;
    let state = sqlx::query_as(
        "select session_user::text as login, current_user = $1 as in_role,
             rolsuper or rolbypassrls as sees_past_the_wall
         from pg_roles where rolname = session_user",
    );
    Ok(state.bind(role.as_str()).fetch_one(&mut conn).await?)
}
