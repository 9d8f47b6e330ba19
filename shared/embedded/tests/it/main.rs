//! Real servers, started, adopted, crashed and left behind. As root they prove the change of user
//! as well; as anybody else they prove all the rest.
#![expect(clippy::unwrap_used, reason = "tests")]

mod death;
mod folders;
mod life;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use gw_embedded::{Options, Server};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// A folder that another user can reach.
fn folder() -> TempDir {
    with_mode(0o755)
}

/// A folder that only we can enter.
fn private_folder() -> TempDir {
    with_mode(0o700)
}

fn with_mode(mode: u32) -> TempDir {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    folder
}

/// A server that is quick to make, and survives all crashes but that of the machine.
fn options(folder: &Path) -> Options {
    Options { fsync: false, ..Options::at(folder.join("postgres")) }
}

fn start(folder: &Path) -> Server {
    Server::start(options(folder), &mut |_| {}).unwrap()
}

/// Runs a statement and answers the first column of its first row, if it has one.
fn ask(url: &str, statement: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let answers = client.simple_query(statement).await?;
        Ok(answers.iter().find_map(|answer| match answer {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    })
}

fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// How long a process still ran; at most ten seconds.
fn time_to_end(pid: u32) -> Duration {
    let began = Instant::now();
    while runs(pid) {
        assert!(began.elapsed() < Duration::from_secs(10), "{pid} still runs");
        thread::sleep(Duration::from_millis(2));
    }
    began.elapsed()
}
