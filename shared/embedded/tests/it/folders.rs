use std::fs;
use std::process::Command;
use std::thread;

use gw_embedded::{EmbeddedError, Server};
use nix::unistd::geteuid;

use crate::{ask, folder, options, private_folder, runs, start};

#[test]
fn a_living_server_is_adopted_and_left_to_its_starter() {
    let folder = folder();
    let first = start(folder.path());
    let second = start(folder.path());
    assert_eq!((second.pid(), second.url()), (first.pid(), first.url()));
    drop(second);
    start(folder.path()).stop();
    assert_eq!(ask(first.url(), "select 1").unwrap().unwrap(), "1");
}

#[test]
fn starting_at_once_starts_one() {
    let folder = folder();
    let servers: Vec<Server> = thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| start(folder.path()))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(servers.iter().all(|server| server.pid() == servers[0].pid()));
}

#[test]
fn a_process_id_that_went_to_somebody_else_is_no_server() {
    let folder = folder();
    let server = start(folder.path());
    let file = server.data_dir().join("cluster/postmaster.pid");
    let (pid, noted) = (server.pid(), fs::read_to_string(&file).unwrap());
    server.kill();
    let ours = noted.replacen(&pid.to_string(), &std::process::id().to_string(), 1);
    fs::write(&file, ours).unwrap();
    let server = start(folder.path());
    assert!(runs(server.pid()) && server.pid() != std::process::id());
}

#[test]
fn a_database_that_was_half_made_is_made_anew() {
    let folder = folder();
    let half = folder.path().join("postgres/cluster.part");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("PG_VERSION"), "15").unwrap();
    let server = start(folder.path());
    assert!(!server.data_dir().join("cluster.part").exists());
    assert_eq!(ask(server.url(), "select 1").unwrap().unwrap(), "1");
}

/// As root, in a folder that only root can enter: in a user namespace, or not at all.
#[test]
fn a_private_folder_of_roots_is_served_in_a_namespace_or_refused_with_advice() {
    let private = private_folder();
    let namespace = Command::new("unshare").args(["--user", "true"]).output();
    let namespaces = namespace.is_ok_and(|output| output.status.success());
    match Server::start(options(private.path()), &mut |_| {}) {
        Ok(server) => {
            let of = |process: &str| fs::read_link(format!("/proc/{process}/ns/user")).unwrap();
            let elsewhere = of("self") != of(&server.pid().to_string());
            assert_eq!(elsewhere, geteuid().is_root());
            assert!(namespaces || !elsewhere);
            assert_eq!(ask(server.url(), "select 1").unwrap().unwrap(), "1");
            let pid = server.pid();
            server.kill_and_restart().unwrap().stop();
            assert!(!runs(pid));
        }
        Err(error) => {
            assert!(matches!(error, EmbeddedError::Unreachable { .. }), "{error}");
            assert!(!namespaces && error.to_string().contains("/var/lib/gatewright"), "{error}");
        }
    }
}
