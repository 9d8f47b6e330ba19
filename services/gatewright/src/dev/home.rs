use std::{
    fs::{self, File, Permissions},
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use nix::fcntl::{Flock, FlockArg};
use rand::Rng;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// The one directory in which `dev` keeps everything, and its alone while it runs.
pub(crate) struct Home {
    path: PathBuf,
    /// Let go by the kernel when the process ends, however it ends.
    _lock: Flock<File>,
}

/// What `dev` made on its first start, and shows again on the next.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Demo {
    pub(crate) platform_key: String,
    pub(crate) tenant_id: String,
    pub(crate) api_key: String,
    pub(crate) gate_id: String,
}

const MARKER: &str = "gatewright-dev";

impl Home {
    /// Opens the directory, or makes it. With `fresh`, what an earlier `dev` left there goes first;
    /// never what another one uses, and nothing that `dev` did not make.
    pub(crate) fn open(path: &Path, fresh: bool) -> anyhow::Result<Self> {
        let shown = path.display();
        let marker = path.join(MARKER);
        if fresh && path.exists() && !marker.exists() {
            let empty = fs::read_dir(path)?.next().is_none();
            anyhow::ensure!(empty, "{shown} was not made by `gatewright dev`: nothing was removed");
        }
        // Postgres may run as another user and must pass through; the secrets are 0600.
        fs::create_dir_all(path)
            .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o755)))
            .with_context(|| format!("cannot make {shown}; choose another with --data-dir"))?;
        let file = File::create(&marker).with_context(|| format!("cannot write to {shown}"))?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| error);
        let lock = lock.with_context(|| format!("another `gatewright dev` runs in {shown}"))?;
        if fresh {
            empty(path).with_context(|| format!("cannot empty {shown}"))?;
        }
        Ok(Self { path: path.canonicalize()?, _lock: lock })
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.path.join("postgres")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The root key's file; made with 256 random bits on the first start.
    pub(crate) fn root_key_file(&self) -> anyhow::Result<PathBuf> {
        let path = self.path.join("root.key");
        if !path.exists() {
            let mut key = Zeroizing::new([0; 32]);
            rand::rng().fill_bytes(&mut *key);
            let text = Zeroizing::new(STANDARD.encode(*key));
            write_private(&path, text.as_bytes())?;
        }
        Ok(path)
    }

    pub(crate) fn demo(&self) -> anyhow::Result<Option<Demo>> {
        read_json(&self.path.join("demo.json"))
    }

    pub(crate) fn keep_demo(&self, demo: &Demo) -> anyhow::Result<()> {
        write_private(&self.path.join("demo.json"), &serde_json::to_vec_pretty(demo)?)
    }
}

/// Removes everything but the marker, whose lock is held.
fn empty(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes a file that only its owner may read, in one step: a reader sees all of it or none.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let unfinished = path.with_extension("unfinished");
    drop(fs::remove_file(&unfinished));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot write {}", path.display()))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => {
            let parsed = serde_json::from_slice(&bytes);
            parsed
                .map(Some)
                .with_context(|| format!("{} is damaged; --fresh starts anew", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
