use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A server's first process, as `postmaster.pid` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pid: i32,
    port: u16,
    ready: bool,
    cluster: PathBuf,
}

impl Postmaster {
    /// The one that lives in this folder. A file that a crash left names nobody, or somebody who
    /// stands elsewhere.
    pub(crate) fn living(cluster: &Path) -> Option<Self> {
        let file = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = file.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let port = lines.nth(2)?.trim().parse().ok()?;
        let ready = lines.nth(3).is_some_and(|state| state.trim() == "ready");
        let postmaster = Self { pid, port, ready, cluster: cluster.to_owned() };
        postmaster.lives().then_some(postmaster)
    }

    /// Removes a file that names no server of this folder: its number may have gone to another
    /// process, which Postgres would take for a server.
    pub(crate) fn forget_dead(cluster: &Path) {
        if Self::living(cluster).is_none() {
            // Usually there is none; where it cannot be removed, Postgres will say so.
            drop(fs::remove_file(cluster.join("postmaster.pid")));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether it said that it accepts connections. Before that, somebody else may be the one who
    /// answers on its port.
    pub(crate) fn says_ready(&self) -> bool {
        self.ready
    }

    /// Whether it still runs: a process with its number stands in its folder.
    pub(crate) fn lives(&self) -> bool {
        stands_in(self.pid, &self.cluster)
    }

    /// Waits for its end; says whether it came.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.lives() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Stops it: fast (connections are cut, all is written), then at once, then by force.
    pub(crate) fn stop(&self) {
        let ways = [(Signal::SIGINT, 30), (Signal::SIGQUIT, 5)];
        for (signal, seconds) in ways {
            self.signal(signal);
            if self.wait(Duration::from_secs(seconds)) {
                return;
            }
        }
        self.kill();
    }

    /// Ends it and all its children as a crash would: nothing is written any more. It stands
    /// still first, so that no child is born meanwhile.
    pub(crate) fn kill(&self) {
        self.signal(Signal::SIGSTOP);
        let children = self.children();
        self.signal(Signal::SIGKILL);
        for child in &children {
            // One that is gone already needs no signal.
            kill(*child, Signal::SIGKILL).unwrap_or_default();
        }
        self.wait(Duration::from_secs(10));
        let gone = |child: &Pid| !stands_in(child.as_raw(), &self.cluster);
        let deadline = Instant::now() + Duration::from_secs(10);
        while !children.iter().all(gone) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn signal(&self, signal: Signal) {
        if self.lives()
            && let Err(error) = kill(Pid::from_raw(self.pid), signal)
        {
            tracing::warn!(pid = self.pid, %signal, %error, "Postgres was not signalled");
        }
    }

    fn children(&self) -> Vec<Pid> {
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        processes
            .flatten()
            .filter_map(|process| process.file_name().to_str()?.parse().ok())
            .filter(|pid| stat(*pid).is_some_and(|(parent, _)| parent == self.pid))
            .map(Pid::from_raw)
            .collect()
    }
}

/// Whether a process has this as its current folder, be it that the folder was removed since.
fn stands_in(pid: i32, folder: &Path) -> bool {
    let Ok(at) = fs::read_link(format!("/proc/{pid}/cwd")) else { return false };
    let at = at.to_string_lossy();
    Path::new(at.strip_suffix(" (deleted)").unwrap_or(&at)) == folder
}

/// A process's parent, and when it started in clock ticks since boot (proc(5), `stat`). The
/// program's name is skipped: it may hold anything.
pub(crate) fn stat(pid: i32) -> Option<(i32, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    Some((fields.get(1)?.parse().ok()?, fields.get(19)?.parse().ok()?))
}
