//! One Postgres per test binary, without `fsync`: durability is tested on a server of its own.

use std::{path::PathBuf, process::Command, sync::OnceLock};

use gw_embedded::{Options, Server};

static SHARED: OnceLock<String> = OnceLock::new();

/// The URL of this binary's server; `GATEWRIGHT_TEST_DATABASE_URL` names another one.
pub(crate) fn url() -> &'static str {
    SHARED.get_or_init(|| {
        if let Ok(url) = std::env::var("GATEWRIGHT_TEST_DATABASE_URL") {
            return url;
        }
        remove_leftovers();
        let settings =
            [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];
        let server = start(options(data_dir("shared"), &settings));
        let url = server.url().to_owned();
        // It lives as long as the process: the kernel stops it when this process ends.
        std::mem::forget(server);
        url
    })
}

/// A server of a test's own, to be killed.
pub struct FaultServer {
    server: Server,
    options: Options,
}

/// A server of the caller's own, durable as in production unless `settings` says otherwise, and
/// no child of the product under test.
#[must_use]
pub fn fault_server(name: &str, settings: &[(&str, &str)]) -> FaultServer {
    let options = options(data_dir(name), settings);
    let server = start(options.clone());
    let options = Options { port: Some(server.port()), ..options };
    FaultServer { server, options }
}

impl FaultServer {
    /// Where it is, before and after it is killed.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// SIGKILL to the postmaster and everything that it started; then a new one on the same data
    /// and port.
    #[must_use]
    pub fn kill_and_restart(self) -> Self {
        self.server.kill();
        Self { server: start(self.options.clone()), options: self.options }
    }

    /// Sets a copy of what is on disk aside, as a standby has it that hears no more from here on.
    /// The server gets SIGKILL for it, and a new one goes on.
    #[must_use]
    pub fn set_aside(self) -> Self {
        let Self { server, options } = self;
        server.kill();
        let (data, aside) = (&options.data_dir, aside(&options));
        drop(std::fs::remove_dir_all(&aside));
        let copied = Command::new("cp").arg("-a").args([data, &aside]).status();
        assert!(copied.is_ok_and(|status| status.success()), "the data cannot be copied");
        Self { server: start(options.clone()), options }
    }

    /// SIGKILL, and a new server on the same port with what was set aside: a fail-over that loses
    /// everything since.
    #[must_use]
    pub fn fail_over(self) -> Self {
        let Self { server, options } = self;
        server.kill();
        std::fs::remove_dir_all(&options.data_dir).expect("the data can be removed");
        std::fs::rename(aside(&options), &options.data_dir).expect("something was set aside");
        Self { server: start(options.clone()), options }
    }

    /// Stops it, as an administrator would.
    pub fn stop(self) {
        self.server.stop();
    }
}

fn aside(options: &Options) -> PathBuf {
    options.data_dir.with_extension("aside")
}

fn options(data_dir: PathBuf, settings: &[(&str, &str)]) -> Options {
    let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Options { settings, max_connections: 400, ..Options::at(data_dir) }
}

fn start(options: Options) -> Server {
    Server::start(options, &mut |_| {}).expect("tests need Postgres 15 or newer")
}

fn data_dir(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("gatewright-test-{}-{name}", std::process::id()))
}

/// Removes the folders of test processes that are gone.
fn remove_leftovers() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.strip_prefix("gatewright-test-").and_then(|rest| rest.split('-').next());
        let Some(pid) = pid.and_then(|pid| pid.parse::<u32>().ok()) else { continue };
        if !PathBuf::from(format!("/proc/{pid}")).exists() {
            // Another test process may be removing the same folder: either of us is enough.
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
}
