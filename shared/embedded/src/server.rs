use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::cluster::{Cluster, NAME};
use crate::error::While as _;
use crate::postmaster::Postmaster;
use crate::supervisor::{Supervisor, open_log};
use crate::{Binaries, EmbeddedError, Options, binaries, ready, starter};

/// How long a start may take: recovery after a crash on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port may be taken, or a crashed server's memory still in use, for a moment.
const ATTEMPTS: u32 = 5;

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
        let (postmaster, supervisor) = launch(binaries, &account, &cluster, &options)?;
        starter::note(&cluster.file("starter"));
        progress(&format!("Postgres {} runs on port {}", binaries.major, postmaster.port()));
        Self::new(options, cluster, postmaster, Some(supervisor), true)
    }

    fn adopt(
        options: Options,
        cluster: Cluster,
        mut postmaster: Postmaster,
    ) -> Result<Self, EmbeddedError> {
        let deadline = Instant::now() + PATIENCE;
        while !postmaster.says_ready() || !ready::asks_for_a_password(postmaster.port()) {
            thread::sleep(Duration::from_millis(20));
            match Postmaster::living(&cluster.folder()) {
                Some(again) if Instant::now() < deadline => postmaster = again,
                _ => return Err(failed(&cluster)),
            }
        }
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

fn launch(
    binaries: &Binaries,
    account: &Account,
    cluster: &Cluster,
    options: &Options,
) -> Result<(Postmaster, Supervisor), EmbeddedError> {
    let mut attempt = 1;
    loop {
        let free = || ready::free_port().while_(|| "find a free port".to_owned());
        let port = options.port.map_or_else(free, Ok)?;
        let command = command(binaries, account, cluster, options, port)?;
        let supervisor = Supervisor::start(command, options.die_with_parent)
            .while_(|| format!("run {}", binaries.program("postgres").display()))?;
        if let Some(postmaster) = wait_until_ready(&cluster.folder(), port, &supervisor) {
            return Ok((postmaster, supervisor));
        }
        if !supervisor.has_ended() || attempt == ATTEMPTS {
            return Err(failed(cluster));
        }
        attempt += 1;
        thread::sleep(Duration::from_millis(200));
    }
}

fn command(
    binaries: &Binaries,
    account: &Account,
    cluster: &Cluster,
    options: &Options,
    port: u16,
) -> Result<Command, EmbeddedError> {
    let log = open_log(&cluster.file("postgres.log")).while_(|| "open its log".to_owned())?;
    let errors = log.try_clone().while_(|| "open its log".to_owned())?;
    let program = binaries.program("postgres");
    let mut command = match options.die_with_parent {
        true => account.mortal_command(&program),
        false => account.command(&program),
    };
    command.stdout(log).stderr(errors).arg("-D").arg(cluster.folder());
    let own = [
        ("port", port.to_string()),
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("unix_socket_directories", String::new()),
        ("max_connections", options.max_connections.to_string()),
        ("fsync", if options.fsync { "on" } else { "off" }.to_owned()),
        ("shared_buffers", "64MB".to_owned()),
        ("jit", "off".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("log_timezone", "UTC".to_owned()),
        ("logging_collector", "off".to_owned()),
    ];
    for (name, value) in own {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    for (name, value) in &options.settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    Ok(command)
}

/// Waits until the server that listens there is the one in this folder, and asks for a password.
/// None when it ended, or took too long and was ended.
fn wait_until_ready(folder: &Path, port: u16, supervisor: &Supervisor) -> Option<Postmaster> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let postmaster = Postmaster::living(folder);
        let here = postmaster.filter(|postmaster| postmaster.port() == port);
        match here {
            Some(postmaster) if postmaster.says_ready() && ready::asks_for_a_password(port) => {
                return Some(postmaster);
            }
            _ if supervisor.has_ended() => return None,
            Some(postmaster) if Instant::now() > deadline => {
                postmaster.kill();
                return None;
            }
            _ if Instant::now() > deadline => return None,
            _ => thread::sleep(Duration::from_millis(5)),
        }
    }
}

fn failed(cluster: &Cluster) -> EmbeddedError {
    const LINES: usize = 5;
    let log: PathBuf = cluster.file("postgres.log");
    let text = fs::read(&log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let said = lines[lines.len().saturating_sub(LINES)..].join("; ");
    EmbeddedError::Start { folder: cluster.folder(), said }
}
