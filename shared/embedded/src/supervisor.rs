use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::getppid;

/// The thread that started a server. It ends when the server has; where the server is mortal,
/// the server ends when it does.
#[derive(Debug)]
pub(crate) struct Supervisor(JoinHandle<()>);

impl Supervisor {
    /// Starts a server and stays with it.
    pub(crate) fn start(mut command: Command, mortal: bool) -> io::Result<Self> {
        // A group of its own: Ctrl-C in a terminal goes to whoever owns the server, not to it.
        command.process_group(0);
        if mortal {
            interrupt_with_us(&mut command);
        }
        let (tell, told) = mpsc::channel();
        let thread = thread::Builder::new().name("postgres".to_owned()).spawn(move || {
            let child = command.spawn();
            let started = child.as_ref().map(|_| ()).map_err(io::Error::kind);
            if tell.send(started).is_err() {
                tracing::warn!("nobody waits for Postgres to start");
            }
            if let Ok(mut child) = child
                && let Err(error) = child.wait()
            {
                tracing::warn!(%error, "the end of Postgres was not seen");
            }
        })?;
        told.recv().map_err(io::Error::other)??;
        Ok(Self(thread))
    }

    /// Whether the server has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits for the server's end.
    pub(crate) fn join(self) {
        if self.0.join().is_err() {
            tracing::warn!("the thread that waited for Postgres panicked");
        }
    }
}

/// SIGINT, Postgres' fast shutdown, when the thread ends that starts the process. Set after the
/// change of user, which would undo it; and checked, should we be gone already.
fn interrupt_with_us(command: &mut Command) {
    let us = nix::unistd::getpid();
    let arm = move || {
        set_pdeathsig(Signal::SIGINT)?;
        if getppid() == us { Ok(()) } else { Err(Errno::ESRCH.into()) }
    };
    #[expect(unsafe_code, reason = "between fork and exec, only prctl and getppid are called")]
    // SAFETY: both are async-signal-safe, and nothing is allocated.
    unsafe {
        command.pre_exec(arm);
    }
}

/// Opens a log for the server to write to, new where the old one has grown.
pub(crate) fn open_log(path: &Path) -> io::Result<File> {
    const LARGEST: u64 = 16 << 20;
    let large = path.metadata().is_ok_and(|about| about.len() > LARGEST);
    let mut options = OpenOptions::new();
    options.create(true).append(!large).write(true).truncate(large).mode(0o600);
    options.open(path)
}
