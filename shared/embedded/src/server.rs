use std::path::Path;

use crate::account::Account;
use crate::cluster::{Cluster, NAME};
use crate::postmaster::Postmaster;
use crate::supervisor::Supervisor;
use crate::{Binaries, EmbeddedError, Options, binaries, launch, starter};

/// A running server. Dropped, it stops if it was to die with its parent, and is left running
/// otherwise.
#[derive(Debug)]
pub struct Server {
    options: Options,
    cluster: Cluster,
    postmaster: Postmaster,
    /// None where it was adopted.
    supervisor: Option<Supervisor>,
    /// Whether nobody else answers for it.
    own: bool,
    url: String,
}

impl Server {
    /// Starts the server of a folder, or adopts it where it runs already. Makes the folder, the
    /// database `gatewright` and its superuser on first use.
    ///
    /// # Errors
    /// [`EmbeddedError`], with what to do or what Postgres said.
    pub fn start(options: Options, progress: &mut dyn FnMut(&str)) -> Result<Self, EmbeddedError> {
        let binaries = binaries(progress)?;
        Self::start_with(&binaries, options, progress)
    }

    pub(crate) fn start_with(
        binaries: &Binaries,
        options: Options,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, EmbeddedError> {
        let cluster = Cluster::at(&options.data_dir)?;
        let _starting = cluster.lock()?;
        if let Some(postmaster) = Postmaster::living(&cluster.folder()) {
            progress(&format!("Postgres runs already on port {}", postmaster.port()));
            return Self::adopt(options, cluster, postmaster);
        }
        let account = Account::choose(&[cluster.home(), &binaries.folder])?;
        if !cluster.folder().exists() {
            progress(&format!("making a database with Postgres {}", binaries.major));
        }
        cluster.initialise(binaries, &account, &options)?;
        Postmaster::forget_dead(&cluster.folder());
        let (postmaster, supervisor) = launch::launch(binaries, &account, &cluster, &options)?;
        starter::note(&cluster.file("starter"));
        progress(&format!("Postgres {} runs on port {}", binaries.major, postmaster.port()));
        Self::new(options, cluster, postmaster, Some(supervisor), true)
    }

    fn adopt(
        options: Options,
        cluster: Cluster,
        postmaster: Postmaster,
    ) -> Result<Self, EmbeddedError> {
        let postmaster = launch::wait_for(&cluster, postmaster)?;
        let own = !starter::lives(&cluster.file("starter"));
        Self::new(options, cluster, postmaster, None, own)
    }

    fn new(
        options: Options,
        cluster: Cluster,
        postmaster: Postmaster,
        supervisor: Option<Supervisor>,
        own: bool,
    ) -> Result<Self, EmbeddedError> {
        let (password, port) = (cluster.password()?, postmaster.port());
        let url = format!("postgres://{NAME}:{password}@127.0.0.1:{port}/{NAME}");
        Ok(Self { options, cluster, postmaster, supervisor, own, url })
    }

    /// How to reach it, as its superuser: `postgres://gatewright:...@127.0.0.1:.../gatewright`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process id of the postmaster.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.postmaster.pid()
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.postmaster.port()
    }

    /// The folder that holds everything about it.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.cluster.home()
    }

    /// Stops it, fast: connections are cut and everything is written. A server that was adopted
    /// from a living process stays up; it is that process' own.
    pub fn stop(mut self) {
        if self.own {
            self.end(Postmaster::stop);
        }
        self.own = false;
    }

    /// Ends it as a crash would, with SIGKILL, the children too; for fault tests.
    pub fn kill(mut self) {
        self.end(Postmaster::kill);
        self.own = false;
    }

    /// Ends it as a crash would, and starts it again on the same port; for fault tests.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn kill_and_restart(self) -> Result<Self, EmbeddedError> {
        let options = Options { port: Some(self.port()), ..self.options.clone() };
        self.kill();
        Self::start(options, &mut |_| {})
    }

    fn end(&mut self, how: fn(&Postmaster)) {
        how(&self.postmaster);
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.own && self.supervisor.is_some() && self.options.die_with_parent {
            self.end(Postmaster::stop);
        }
    }
}
