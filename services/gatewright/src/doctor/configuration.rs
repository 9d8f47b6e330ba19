//! What is configured, and whether it can be read, by us and by nobody else.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use gw_runtime::{Config, Loader};
use nix::sys::statvfs::statvfs;

use super::finding::Findings;
use crate::host;

/// Less than this part of a file system free, in percent, is worth a word.
const LITTLE_FREE: u64 = 10;

/// Reads it as `serve` does; nothing where it cannot be read.
pub(super) fn look(file: Option<&Path>, findings: &mut Findings) -> Option<Config> {
    const CHECK: &str = "configuration";
    let loader = match file {
        Some(file) => Loader::new().file(file),
        None => Ok(Loader::new()),
    };
    let loaded = loader.map(Loader::environment).and_then(|loader| {
        if let Ok(files) = loader.secret_files() {
            files.iter().for_each(|(key, path)| secret(key, path, findings));
        }
        let config = loader.load()?;
        host(config.clone()).check_config()?;
        Ok(config)
    });
    match loaded {
        Ok(config) => {
            let from = file.map_or("the environment".to_owned(), |file| file.display().to_string());
            findings.ok(CHECK, format!("read from {from}; every key is known"));
            Some(config)
        }
        Err(error) => {
            let advice = "correct the key that it names; deploy/configuration.md has all of them";
            findings.error(CHECK, error.to_string(), advice);
            None
        }
    }
}

/// A secret's file: there, and nobody else's to read.
fn secret(key: &str, path: &Path, findings: &mut Findings) {
    let shown = path.display();
    let mode = match fs::metadata(path) {
        Ok(file) => file.permissions().mode() & 0o777,
        Err(error) => {
            let advice = "put the secret there, readable by the user that runs gatewright";
            return findings.error(key, format!("cannot read {shown}: {error}"), advice);
        }
    };
    if mode & 0o077 != 0 {
        let found = format!("{shown} has mode {mode:04o}: others on this machine may use it");
        findings.warning(key, found, "chmod 0400, owned by the user that runs gatewright");
    } else {
        findings.ok(key, format!("{shown} can be read, and has mode {mode:04o}"));
    }
    space(path, findings);
}

/// The file system that a configured file stands on.
fn space(path: &Path, findings: &mut Findings) {
    let Ok(system) = statvfs(path) else { return };
    let (free, all) = (system.blocks_available(), system.blocks().max(1));
    let percent = free.saturating_mul(100) / all;
    let (check, shown) = ("disk", path.display());
    // A file system of fixed contents, as secrets are mounted from, has nothing to run out of.
    if percent < LITTLE_FREE && !system.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY) {
        let found = format!("{percent} % are free where {shown} stands");
        findings.warning(check, found, "free some space, or move what grows elsewhere");
    } else {
        findings.ok(check, format!("{percent} % are free where {shown} stands"));
    }
}
