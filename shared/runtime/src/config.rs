use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use gw_crypto::seal::RootKey;
use gw_db::DatabaseConfig;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{HttpConfig, RuntimeError};

/// What a process can be told, beside its services' own tables.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// The address that requests come to.
    pub listen: SocketAddr,
    /// The host that log origins and issuers begin with. It cannot change once a log exists.
    pub issuer_host: String,
    /// Where callers reach this installation, without a slash at the end; `http://<listen>` when
    /// absent.
    pub base_url: Option<String>,
    /// What connections and requests may take.
    pub http: HttpConfig,
    /// Where the database is.
    pub database: DatabaseConfig,
    /// The key that seals every tenant's keys.
    pub keys: KeysConfig,
    /// What the log has to survive.
    pub journal: JournalConfig,
    /// What the process says about itself.
    pub log: LogConfig,
    /// The services' own tables, by name, as they stand in the file and the environment.
    #[serde(skip)]
    pub services: Map<String, Value>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            issuer_host: "gatewright.localhost".to_owned(),
            base_url: None,
            http: HttpConfig::default(),
            database: DatabaseConfig::default(),
            keys: KeysConfig::default(),
            journal: JournalConfig::default(),
            log: LogConfig::default(),
            services: Map::new(),
        }
    }
}

impl Config {
    /// Where callers reach this installation.
    #[must_use]
    pub fn base_url(&self) -> String {
        let configured = self.base_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        configured.unwrap_or_else(|| format!("http://{}", self.listen))
    }
}

/// Where the root key is: 32 bytes as base64 or 64 hexadecimal digits.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeysConfig {
    /// The key itself.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub root_key: Option<SecretString>,
    /// A file that holds the key and nothing else.
    pub root_key_file: Option<PathBuf>,
    /// While the root key is being replaced: the one before. It opens, and `gatewright keys rotate
    /// root` makes it superfluous.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub previous_root_key: Option<SecretString>,
    /// A file that holds the key before and nothing else.
    pub previous_root_key_file: Option<PathBuf>,
}

impl KeysConfig {
    /// Reads the root key, together with the one that it replaces, where one is configured.
    ///
    /// # Errors
    /// When there is none, a file cannot be read, one is not 32 bytes, or both are the same. The
    /// key is in no error.
    pub fn load(&self) -> Result<Arc<RootKey>, RuntimeError> {
        let current = read(self.root_key.as_ref(), self.root_key_file.as_deref())
            .map_err(RuntimeError::RootKey)?;
        let current = current.ok_or_else(|| {
            let advice = "set keys.root_key_file: a file with 32 random bytes in base64";
            RuntimeError::RootKey(advice.to_owned())
        })?;
        let file = self.previous_root_key_file.as_deref();
        let previous =
            read(self.previous_root_key.as_ref(), file).map_err(RuntimeError::PreviousRootKey)?;
        match previous {
            None => Ok(Arc::new(current)),
            Some(same) if same.fingerprint() == current.fingerprint() => {
                Err(RuntimeError::SameRootKey)
            }
            Some(previous) => Ok(Arc::new(current.after(previous))),
        }
    }
}

fn read(text: Option<&SecretString>, file: Option<&Path>) -> Result<Option<RootKey>, String> {
    let text = match (text, file) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => crate::twins::read(path)?.into(),
        (None, None) => return Ok(None),
    };
    let key = RootKey::parse(text.expose_secret().trim());
    key.map(Some).map_err(|error| error.to_string())
}

/// What the log has to survive.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// The operator knows that the log has one copy. Otherwise a process without a synchronous
    /// standby is not ready.
    pub single_copy: bool,
}

/// What the process says about itself, on standard error.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// For people, or for machines.
    pub format: LogFormat,
    /// What is said: `info`, or finer, as `info,gw_check=debug`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
