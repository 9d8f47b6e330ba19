use std::fs;
use std::path::Path;

use crate::postmaster::stat;

/// Notes that this process started the server of a folder, for whoever adopts it.
pub(crate) fn note(file: &Path) {
    let own = std::process::id();
    if let Some(birth) = birth(own)
        && let Err(error) = fs::write(file, format!("{own} {birth}"))
    {
        tracing::warn!(%error, "who started Postgres was not noted");
    }
}

/// Whether the process that started the server is still there: then the server is its own.
pub(crate) fn lives(file: &Path) -> bool {
    let Ok(noted) = fs::read_to_string(file) else { return false };
    let Some((pid, born)) = noted.split_once(' ') else { return false };
    pid.parse().is_ok_and(|pid| birth(pid).is_some_and(|birth| birth.to_string() == born))
}

/// When a process started: with its number, that tells it from all others since boot.
fn birth(pid: u32) -> Option<u64> {
    stat(i32::try_from(pid).ok()?).map(|(_, birth)| birth)
}
