//! A private Postgres (being filled in).

mod error;
mod options;
mod server;

pub use error::EmbeddedError;
pub use options::{Options, default_data_dir};
pub use server::Server;

use std::path::PathBuf;

/// Where `initdb` and `postgres` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder that holds both.
    pub folder: PathBuf,
    /// The major version, 15 or more.
    pub major: u32,
}

/// Finds Postgres or fetches it.
///
/// # Errors
/// When there is none.
pub fn binaries(progress: &mut dyn FnMut(&str)) -> Result<Binaries, EmbeddedError> {
    let _ = progress;
    todo!()
}
