use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use gw_crypto::seal::RootKey;
use gw_db::DatabaseConfig;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{HttpConfig, Listen, RuntimeError, TelemetryConfig, TlsConfig};

/// What a process can be told, beside its services' own tables.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// The addresses that requests come to. An address alone is the public one.
    pub listen: Listen,
    /// The host that log origins and issuers begin with. It cannot change once a log exists.
    pub issuer_host: String,
    /// Where callers reach this installation, without a slash at the end; `http://<listen>`, or
    /// `https://<listen>`, when absent.
    pub base_url: Option<String>,
    /// What connections and requests may take.
    pub http: HttpConfig,
    /// The certificate that listeners show. Without one they speak without TLS.
    pub tls: TlsConfig,
    /// Where the database is.
    pub database: DatabaseConfig,
    /// The key that seals every tenant's keys.
    pub keys: KeysConfig,
    /// What the log has to survive.
    pub journal: JournalConfig,
    /// What the process says about itself.
    pub log: LogConfig,
    /// What is told to others while the process runs.
    pub telemetry: TelemetryConfig,
    /// The services' own tables, by name, as they stand in the file and the environment.
    #[serde(skip)]
    pub services: Map<String, Value>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            issuer_host: "gatewright.localhost".to_owned(),
            base_url: None,
            http: HttpConfig::default(),
            tls: TlsConfig::default(),
            database: DatabaseConfig::default(),
            keys: KeysConfig::default(),
            journal: JournalConfig::default(),
            log: LogConfig::default(),
            telemetry: TelemetryConfig::default(),
            services: Map::new(),
        }
    }
}

impl Config {
    /// Where callers reach this installation.
    #[must_use]
    pub fn base_url(&self) -> String {
        let configured = self.base_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        configured.unwrap_or_else(|| self.url_of(self.listen.public))
    }

    /// What this process is reached at, at this address of its own.
    #[must_use]
    pub fn url_of(&self, address: SocketAddr) -> String {
        let scheme = if self.tls.certificate_file.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
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
    /// What is said after SIGUSR2, until SIGUSR1 or so many seconds later.
    pub finer_filter: String,
    /// How long that lasts, in seconds; another SIGUSR2 begins them anew.
    pub finer_seconds: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
            finer_filter: "debug".to_owned(),
            finer_seconds: 600,
        }
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
