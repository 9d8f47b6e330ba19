use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use rand::Rng;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The one directory in which `dev` keeps everything.
pub(crate) struct Home(PathBuf);

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
    /// Opens the directory, or makes it. With `fresh`, what an earlier `dev` left there goes first.
    pub(crate) fn open(path: &Path, fresh: bool) -> anyhow::Result<Self> {
        let marker = path.join(MARKER);
        if fresh && path.exists() {
            let empty = fs::read_dir(path)?.next().is_none();
            anyhow::ensure!(
                empty || marker.exists(),
                "{} was not made by `gatewright dev`: nothing was removed",
                path.display(),
            );
            fs::remove_dir_all(path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
        // Postgres may run as another user and must pass through; the secrets are 0600.
        fs::DirBuilder::new().recursive(true).mode(0o755).create(path).with_context(|| {
            format!("cannot make {}; choose another with --data-dir", path.display())
        })?;
        let home = Self(path.canonicalize()?);
        fs::write(home.0.join(MARKER), "made by `gatewright dev`\n")
            .with_context(|| format!("cannot write to {}", path.display()))?;
        Ok(home)
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The root key's file; made with 256 random bits on the first start.
    pub(crate) fn root_key_file(&self) -> anyhow::Result<PathBuf> {
        let path = self.0.join("root.key");
        if !path.exists() {
            let mut key = [0; 32];
            rand::rng().fill_bytes(&mut key);
            let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            write_private(&path, text.as_bytes())?;
        }
        Ok(path)
    }

    pub(crate) fn demo(&self) -> anyhow::Result<Option<Demo>> {
        read_json(&self.0.join("demo.json"))
    }

    pub(crate) fn keep_demo(&self, demo: &Demo) -> anyhow::Result<()> {
        write_private(&self.0.join("demo.json"), &serde_json::to_vec_pretty(demo)?)
    }
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
