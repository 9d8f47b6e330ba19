use std::env;
use std::path::PathBuf;

use nix::unistd::geteuid;

/// How a private server is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that holds everything about it; made where it is missing.
    pub data_dir: PathBuf,
    /// Whether what was committed survives a power cut. Off only where nothing is kept.
    pub fsync: bool,
    /// Further settings, `postgresql.conf` names and values; they come last, and win.
    pub settings: Vec<(String, String)>,
    /// Whether the server stops when this process ends, however it ends.
    pub die_with_parent: bool,
    /// How many connections it accepts.
    pub max_connections: u32,
    /// The port on 127.0.0.1; a free one where there is none.
    pub port: Option<u16>,
}

impl Options {
    /// A durable server that stops with this process, on a free port.
    #[must_use]
    pub fn at(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            fsync: true,
            settings: Vec::new(),
            die_with_parent: true,
            max_connections: 200,
            port: None,
        }
    }
}

/// Where Gatewright keeps state on this machine: `/var/lib/gatewright` for root, because a server
/// that runs as another user can reach it there; else `$XDG_DATA_HOME/gatewright`, else
/// `~/.local/share/gatewright`.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    if geteuid().is_root() {
        return PathBuf::from("/var/lib/gatewright");
    }
    folder("XDG_DATA_HOME", ".local/share")
}

/// Where fetched binaries are kept.
pub(crate) fn default_cache_dir() -> PathBuf {
    if geteuid().is_root() {
        return PathBuf::from("/var/lib/gatewright/pg");
    }
    folder("XDG_CACHE_HOME", ".cache").join("pg")
}

fn folder(variable: &str, below_home: &str) -> PathBuf {
    let named = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = env::var_os("HOME").map_or_else(env::temp_dir, PathBuf::from);
    named.unwrap_or_else(|| home.join(below_home)).join("gatewright")
}
