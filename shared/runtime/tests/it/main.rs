//! Configuration, documents, and a whole process from its start to its drain.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says why it failed by failing")]

mod config;
mod echo;
mod limits;
mod listeners;
mod load;
mod process;
mod raw;
mod schema;
mod started;
mod tls;
mod traces;
