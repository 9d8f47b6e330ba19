use std::{collections::BTreeMap, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;

use crate::{DbError, Role};

/// Where the database is, and as whom services connect to it.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database`: the login that migrates and, where
    /// `shared_login` is set, the one that every service uses in its own role.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
    /// Whether services may use `url` with the startup option `role` instead of a login each.
    pub shared_login: bool,
    /// The most connections that one service keeps open.
    pub max_connections: u32,
    /// A login of its own, per service.
    pub roles: BTreeMap<Role, RoleConfig>,
}

/// One service's own login.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleConfig {
    /// Its database URL.
    #[serde(skip_serializing)]
    #[schemars(with = "String")]
    pub url: SecretString,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: None, shared_login: false, max_connections: 8, roles: BTreeMap::new() }
    }
}

impl DatabaseConfig {
    /// How this role connects: its own login if it has one, else the shared one.
    ///
    /// # Errors
    /// When there is neither, or the URL cannot be read.
    pub(crate) fn options(&self, role: Role) -> Result<PgConnectOptions, DbError> {
        let own = self.roles.get(&role).map(|config| &config.url);
        let shared = self.url.as_ref().filter(|_| self.shared_login);
        let url = own.or(shared).ok_or(DbError::NoLogin(role))?;
        Ok(parse(url)?.application_name(&format!("gatewright {role}")).options([
            ("role", role.as_str()),
            // What was answered is on disk, whatever the server or the database has set.
            ("synchronous_commit", "on"),
            // Whoever cannot have a lock says so while its caller still listens.
            ("lock_timeout", "3s"),
            // Nobody listens to a statement for longer; a commit is never cut short by this.
            ("statement_timeout", "5s"),
            // A transaction that its owner forgot must not hold a head, or vacuum, for long.
            ("idle_in_transaction_session_timeout", "2s"),
            // A host that vanished lets go: the server asks after it, as the driver cannot.
            ("tcp_keepalives_idle", "2"),
            ("tcp_keepalives_interval", "1"),
            ("tcp_keepalives_count", "3"),
        ]))
    }
}

/// Reads a database URL. Its text, which may hold a password, is in no error.
pub(crate) fn parse(url: &SecretString) -> Result<PgConnectOptions, DbError> {
    PgConnectOptions::from_str(url.expose_secret()).map_err(|_| DbError::BadUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_without_a_login_is_told_so() {
        let config = DatabaseConfig {
            url: Some("postgres://a:b@localhost/c".into()),
            ..DatabaseConfig::default()
        };
        assert!(matches!(config.options(Role::Gates), Err(DbError::NoLogin(Role::Gates))));
        let shared = DatabaseConfig { shared_login: true, ..config };
        let options = shared.options(Role::Gates).unwrap();
        assert!(options.get_options().unwrap().contains("role=gw_gates"));
    }

    #[test]
    fn a_bad_url_is_not_repeated() {
        let error = parse(&"postgres://user:hunter2@[".into()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
