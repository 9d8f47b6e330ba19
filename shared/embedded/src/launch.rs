use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::cluster::Cluster;
use crate::error::While as _;
use crate::postmaster::Postmaster;
use crate::supervisor::{Supervisor, open_log};
use crate::{Binaries, EmbeddedError, Options, ready};

/// How long a start may take: recovery after a crash on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port may be taken, or a crashed server's memory still in use, for a moment.
const ATTEMPTS: u32 = 5;

/// Starts a server and waits until it can be used.
pub(crate) fn launch(
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

/// Waits until a server that somebody else starts can be used.
pub(crate) fn wait_for(
    cluster: &Cluster,
    mut postmaster: Postmaster,
) -> Result<Postmaster, EmbeddedError> {
    let deadline = Instant::now() + PATIENCE;
    while !postmaster.says_ready() || !ready::asks_for_a_password(postmaster.port()) {
        thread::sleep(Duration::from_millis(20));
        match Postmaster::living(&cluster.folder()) {
            Some(again) if Instant::now() < deadline => postmaster = again,
            _ => return Err(failed(cluster)),
        }
    }
    Ok(postmaster)
}

fn failed(cluster: &Cluster) -> EmbeddedError {
    const LINES: usize = 5;
    let text = fs::read(cluster.file("postgres.log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let said = lines[lines.len().saturating_sub(LINES)..].join("; ");
    EmbeddedError::Start { folder: cluster.folder(), said }
}
