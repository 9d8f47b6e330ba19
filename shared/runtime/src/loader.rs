use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
    value::Dict,
};
use serde_json::{Map, Value};

use crate::{Config, RuntimeError, listen, twins};

const PREFIX: &str = "GATEWRIGHT__";
/// The table whose files are read again while the process runs: their names are kept.
const KEPT: &str = "tls";
/// The one file that holds no secret.
const PUBLIC_FILE: &str = "tls.certificate_file";

/// Reads the configuration: defaults under a file under the environment.
///
/// `GATEWRIGHT__DATABASE__URL` is `database.url`. A key `x_file` names a file whose text is `x`.
/// Keys that nothing knows are errors, and name the key: those of the process here, those of
/// services when the [`Host`](crate::Host) reads their tables.
#[derive(Debug, Clone, Default)]
pub struct Loader {
    layers: Figment,
}

impl Loader {
    /// Starts from the compiled-in defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lays a TOML file over what there is.
    ///
    /// # Errors
    /// When it does not exist; what stands in it is read by [`Self::load`].
    pub fn file(mut self, path: &Path) -> Result<Self, RuntimeError> {
        if !path.is_file() {
            return Err(RuntimeError::Config(format!("there is no file {}", path.display())));
        }
        self.layers = self.layers.merge(listen::Spelled(Toml::file_exact(path)));
        Ok(self)
    }

    /// Lays the process's environment over what there is.
    #[must_use]
    pub fn environment(self) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        self.variables(std::env::vars_os().filter_map(text))
    }

    /// Lays these variables over what there is; those with another prefix are not ours.
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, text) in variables {
            if let Some(name) = name.strip_prefix(PREFIX) {
                let key = name.to_ascii_lowercase().replace("__", ".");
                let Ok(value) = text.parse::<figment::value::Value>();
                self.layers = self.layers.merge((listen::key(&key), value));
            }
        }
        self
    }

    /// The files that secrets stand in, by their keys: `keys.root_key_file`.
    ///
    /// # Errors
    /// When a layer cannot be read.
    pub fn secret_files(&self) -> Result<Vec<(String, PathBuf)>, RuntimeError> {
        let dict: Dict = self.layers.extract()?;
        let mut files = twins::files(&dict);
        files.retain(|(key, _)| key != PUBLIC_FILE);
        Ok(files)
    }

    /// Reads it all.
    ///
    /// # Errors
    /// A value of the wrong type, or an unknown key; the error says where it stands.
    pub fn load(self) -> Result<Config, RuntimeError> {
        let dict: Dict = self.layers.extract()?;
        let (kept, dict): (Dict, Dict) = dict.into_iter().partition(|(key, _)| key == KEPT);
        let mut dict = twins::resolve(dict).map_err(RuntimeError::Config)?;
        dict.extend(kept);
        let own = own_keys()?;
        let (known, rest): (Dict, Dict) = dict.into_iter().partition(|(key, _)| own.contains(key));

        let mut config: Config = Figment::from(Serialized::defaults(known)).extract()?;
        config.services = tables(rest)?;
        Ok(config)
    }
}

/// The keys at the top that are the process's own; others are services' tables.
fn own_keys() -> Result<Vec<String>, RuntimeError> {
    let value = serde_json::to_value(Config::default());
    let value = value.map_err(|error| RuntimeError::Config(error.to_string()))?;
    Ok(value.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default())
}

fn tables(rest: Dict) -> Result<Map<String, Value>, RuntimeError> {
    let value = serde_json::to_value(rest);
    match value.map_err(|error| RuntimeError::Config(error.to_string()))? {
        Value::Object(tables) => Ok(tables),
        _ => Ok(Map::new()),
    }
}
