use std::path::Path;

use crate::{EmbeddedError, Options};

/// A running server.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Starts it, or adopts the one that runs there already.
    ///
    /// # Errors
    /// [`EmbeddedError`].
    pub fn start(
        options: Options,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, EmbeddedError> {
        let _ = (options, progress);
        todo!()
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        todo!()
    }

    /// The postmaster's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        todo!()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        todo!()
    }

    /// The folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        todo!()
    }

    /// Stops it (fast).
    pub fn stop(self) {
        todo!()
    }

    /// SIGKILL, all of it.
    pub fn kill(self) {
        todo!()
    }
}
