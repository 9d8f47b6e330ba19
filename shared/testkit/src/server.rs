//! One Postgres per test binary, without `fsync`: durability is tested on a server of its own.

use std::{path::PathBuf, sync::OnceLock};

use gw_embedded::{Options, Server};

static SHARED: OnceLock<String> = OnceLock::new();

/// The URL of this binary's server; `GATEWRIGHT_TEST_DATABASE_URL` names another one.
pub(crate) fn url() -> &'static str {
    SHARED.get_or_init(|| {
        if let Ok(url) = std::env::var("GATEWRIGHT_TEST_DATABASE_URL") {
            return url;
        }
        remove_leftovers();
        let settings = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];
        let server = start(data_dir("shared"), &settings, true);
        let url = server.url().to_owned();
        // It lives as long as the process: the kernel stops it when this process ends.
        std::mem::forget(server);
        url
    })
}

/// A server of the caller's own, durable as in production unless `settings` says otherwise, and
/// not a child that dies with a server under test.
#[must_use]
pub fn fault_server(name: &str, settings: &[(&str, &str)]) -> Server {
    start(data_dir(name), settings, true)
}

fn start(data_dir: PathBuf, settings: &[(&str, &str)], die_with_parent: bool) -> Server {
    let options = Options {
        settings: settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        die_with_parent,
        max_connections: 400,
        ..Options::at(data_dir)
    };
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
