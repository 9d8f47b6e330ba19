//! What every package client has in common: it is run quietly, and what it brought is unpacked
//! only if it is the archive that was pinned.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha512};

/// Runs a client to its end, quietly.
pub(super) fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim_end().lines().last().unwrap_or("it said nothing").to_owned();
    Err(io::Error::other(format!("{}: {last}", command.get_program().display())))
}

/// The one file that was fetched into a folder, if it is the one that we know.
pub(super) fn pinned(folder: &Path, extension: &str, sha512: &str) -> io::Result<PathBuf> {
    let file = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .ok_or_else(|| io::Error::other("nothing was fetched"))?;
    let digest = Sha512::digest(fs::read(&file)?);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if hex == sha512 { Ok(file) } else { Err(io::Error::other("another file than the pinned one")) }
}
