//! A private Postgres for `dev` and for tests: find, initialise, start, stop.
#![allow(missing_docs, unused, clippy::todo)]
// INTERFACE STUB by the lead (testkit and the binary compile against it); owner: crypto. Fill in, keep names.
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub struct Options {
    pub data_dir: PathBuf,
    pub settings: Vec<(String, String)>,
    pub die_with_parent: bool,
    pub max_connections: u32,
    pub port: Option<u16>,
}
impl Options {
    /// Durable, a free port, 100 connections, dies with this process.
    pub fn at(data_dir: PathBuf) -> Self {
        Self { data_dir, settings: Vec::new(), die_with_parent: true, max_connections: 100, port: None }
    }
}
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct EmbeddedError;
pub struct Server;
impl Server {
    pub fn start(options: Options, progress: &mut dyn FnMut(&str)) -> Result<Self, EmbeddedError> {
        todo!()
    }
    pub fn url(&self) -> &str {
        todo!()
    }
    pub fn pid(&self) -> u32 {
        todo!()
    }
    pub fn data_dir(&self) -> &Path {
        todo!()
    }
    /// Fast shutdown; waits.
    pub fn stop(self) {
        todo!()
    }
    /// SIGKILL to the postmaster (by its postmaster.pid) and all its children at once; then a new
    /// postmaster on the same data, port and options. For fault tests.
    pub fn kill_and_restart(self) -> Result<Self, EmbeddedError> {
        todo!()
    }
}
