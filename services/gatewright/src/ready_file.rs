use std::path::Path;

use serde::Serialize;

use crate::dev::write_private;

/// Tells scripts, in one file with mode 0600, that requests are answered and where.
pub(crate) fn write<T: Serialize>(path: &Path, ready: &T) -> anyhow::Result<()> {
    write_private(path, &serde_json::to_vec_pretty(ready)?)
}

/// Removes what an earlier start left: a ready file speaks of a process that runs.
pub(crate) fn clear(path: Option<&Path>) {
    if let Some(path) = path {
        drop(std::fs::remove_file(path));
    }
}
