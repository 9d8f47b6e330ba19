//! Whole-system tests: the architecture, the published schemas, and the promises that only the
//! running product can keep.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod agents;
mod architecture;
mod audit;
mod bench;
mod capabilities;
mod cli;
mod crash;
mod declared;
mod default_gate;
mod deploy;
mod doctor;
mod keys;
mod log_level;
mod proofs;
mod refusals;
mod replay;
mod replicas;
mod retention;
mod rotation;
mod schemas;
mod server;
mod sweep;
mod tamper;
mod tokens;
mod usage;
