use std::fs;

use gw_embedded::{Options, Server, default_data_dir};
use nix::unistd::{Pid, geteuid, getpgid};

use crate::{ask, folder, options, runs, start, time_to_end};

#[test]
fn a_server_is_made_stopped_and_started_again_with_what_it_held() {
    let folder = folder();
    let mut said = Vec::new();
    let first =
        Server::start(options(folder.path()), &mut |text| said.push(text.to_owned())).unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
    let (pid, url) = (first.pid(), first.url().to_owned());
    assert!(url.starts_with("postgres://gatewright:") && url.contains("@127.0.0.1:"), "{url}");
    assert_eq!(
        ask(&url, "select current_user || ' in ' || current_database()").unwrap().unwrap(),
        "gatewright in gatewright"
    );
    assert_eq!(ask(&url, "show listen_addresses").unwrap().unwrap(), "127.0.0.1");
    ask(&url, "create table kept as select 42 as answer").unwrap();
    first.stop();
    assert!(!runs(pid));

    let again = start(folder.path());
    assert_ne!(again.pid(), pid);
    assert_eq!(ask(again.url(), "select answer from kept").unwrap().unwrap(), "42");
    let pid = again.pid();
    drop(again);
    assert!(!runs(pid), "dropping stops it");
}

#[test]
fn settings_are_the_callers() {
    let folder = folder();
    let options = Options {
        settings: vec![
            ("work_mem".to_owned(), "7MB".to_owned()),
            ("jit".to_owned(), "on".to_owned()),
        ],
        max_connections: 33,
        ..options(folder.path())
    };
    let server = Server::start(options, &mut |_| {}).unwrap();
    for (setting, value) in
        [("work_mem", "7MB"), ("jit", "on"), ("max_connections", "33"), ("fsync", "off")]
    {
        assert_eq!(
            ask(server.url(), &format!("show {setting}")).unwrap().unwrap(),
            value,
            "{setting}"
        );
    }
    server.stop();
    let durable = Server::start(Options::at(folder.path().join("postgres")), &mut |_| {}).unwrap();
    assert_eq!(ask(durable.url(), "show fsync").unwrap().unwrap(), "on");
}

#[test]
fn nobody_runs_it_as_root_and_nobody_else_reads_its_password() {
    use std::os::unix::fs::MetadataExt as _;

    let folder = folder();
    let server = start(folder.path());
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let ids = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let own = geteuid().as_raw().to_string();
    let runs_as_us = ids("Uid:").split_whitespace().all(|id| id == own);
    assert_eq!(runs_as_us, !geteuid().is_root(), "{status}");
    if geteuid().is_root() {
        assert!(ids("Gid:").split_whitespace().all(|id| id != "0"), "{status}");
        assert!(ids("Groups:").split_whitespace().all(|id| id != "0"), "{status}");
    }
    let password = fs::metadata(server.data_dir().join("password")).unwrap();
    assert_eq!((password.mode() & 0o777, password.uid()), (0o600, geteuid().as_raw()));
    let mut wrong = server.url().to_owned();
    wrong.replace_range("postgres://gatewright:".len().."postgres://gatewright:".len() + 1, "x");
    assert!(ask(&wrong, "select 1").is_err(), "the password counts");
    let environment = fs::read_to_string(format!("/proc/{}/environ", server.pid())).unwrap();
    assert!(!environment.contains("HOME="), "nothing of our environment: {environment}");
}

#[test]
fn control_c_in_a_terminal_does_not_reach_it() {
    let folder = folder();
    let server = start(folder.path());
    let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap());
    assert_eq!(getpgid(Some(pid)).unwrap(), pid);
}

#[test]
fn a_port_that_was_asked_for_is_the_port() {
    let folder = folder();
    let port = start(folder.path()).port();
    let server =
        Server::start(Options { port: Some(port), ..options(folder.path()) }, &mut |_| {}).unwrap();
    assert_eq!(server.port(), port);
    let other = crate::folder();
    let taken = Server::start(Options { port: Some(port), ..options(other.path()) }, &mut |_| {});
    let error = taken.err().unwrap().to_string();
    assert!(error.contains("did not start") && error.contains("TCP/IP"), "{error}");
}

#[test]
fn a_crash_loses_nothing_that_was_committed_and_leaves_nobody() {
    let folder = folder();
    let server = start(folder.path());
    let (pid, url) = (server.pid(), server.url().to_owned());
    ask(&url, "create table kept as select generate_series(1, 1000)").unwrap();
    let server = server.kill_and_restart().unwrap();
    assert!(!runs(pid));
    assert_eq!(server.url(), url, "the same port");
    assert_eq!(ask(&url, "select count(*) from kept").unwrap().unwrap(), "1000");

    let cluster = server.data_dir().join("cluster");
    server.kill();
    let left = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|at| at == cluster));
    assert_eq!(left.count(), 0);
    assert!(cluster.join("postmaster.pid").exists(), "as after a real crash");
}

#[test]
fn a_folder_that_was_removed_under_it_does_not_keep_it_up() {
    let folder = folder();
    let server = start(folder.path());
    let pid = server.pid();
    drop(folder);
    server.stop();
    time_to_end(pid);
}

#[test]
fn state_has_a_place_on_this_machine() {
    let place = default_data_dir();
    assert!(place.is_absolute() && place.ends_with("gatewright"), "{}", place.display());
    if geteuid().is_root() {
        assert_eq!(place.to_str(), Some("/var/lib/gatewright"));
    }
}
