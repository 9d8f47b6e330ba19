use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use gw_embedded::{Options, Server};

use crate::{ask, folder, options, private_folder, runs, start, time_to_end};

const FOLDER: &str = "GW_EMBEDDED_TEST_FOLDER";
const MORTAL: &str = "GW_EMBEDDED_TEST_MORTAL";

/// Not a test: the process that the others kill. Starts a server, says its id, and waits.
#[test]
#[ignore = "run by other tests as a process of its own"]
fn process_that_starts_a_server() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let mortal = std::env::var(MORTAL).unwrap() == "true";
    let server =
        Server::start(Options { die_with_parent: mortal, ..options(&folder) }, &mut |_| {})
            .unwrap();
    println!("\npid {}", server.pid());
    thread::sleep(Duration::from_secs(60));
}

/// A process with a server, and the server's process id.
fn process(folder: &Path, mortal: bool) -> (Child, u32) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "death::process_that_starts_a_server", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(MORTAL, mortal.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let pid = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("pid ")?.parse().ok());
    (child, pid.unwrap())
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_server_does_not_outlive_its_process_even_when_that_is_killed() {
    let folder = folder();
    let (child, pid) = process(folder.path(), true);
    assert!(runs(pid));
    kill(child);
    let took = time_to_end(pid);
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(!folder.path().join("postgres/cluster/postmaster.pid").exists(), "it shut down, fast");
}

/// The same in a user namespace, whose new credentials undo a death signal.
#[test]
fn nor_does_one_in_a_private_folder() {
    let private = private_folder();
    if Server::start(options(private.path()), &mut |_| {}).is_err() {
        return; // No namespaces here; that this is refused has its own test.
    }
    let (child, pid) = process(private.path(), true);
    assert!(runs(pid));
    kill(child);
    time_to_end(pid);
}

#[test]
fn a_server_outlives_the_thread_that_asked_for_it() {
    let folder = folder();
    let server = thread::scope(|scope| scope.spawn(|| start(folder.path())).join().unwrap());
    thread::sleep(Duration::from_millis(300));
    assert_eq!(ask(server.url(), "select 1").unwrap().unwrap(), "1");
}

#[test]
fn one_that_may_outlive_its_process_is_adopted_by_the_next_and_stopped_by_it() {
    let folder = folder();
    let (child, pid) = process(folder.path(), false);
    let guest = start(folder.path());
    assert_eq!(guest.pid(), pid);
    guest.stop();
    assert!(runs(pid), "its starter lives: not ours to stop");
    kill(child);
    thread::sleep(Duration::from_millis(300));
    assert!(runs(pid));

    let heir = start(folder.path());
    assert_eq!(heir.pid(), pid);
    assert_eq!(ask(heir.url(), "select 1").unwrap().unwrap(), "1");
    heir.stop();
    assert!(!runs(pid));
}
