//! `gatewright verify-attestation`: an answer, the published keys, and nothing else.

mod answer;
mod command;
mod keys;
mod log_keys;
mod refusal;

pub use answer::{Facts, verify, verify_with};
pub(crate) use command::{Arguments, read, run};
pub use keys::GateKeys;
pub use log_keys::LogKeys;
pub use refusal::Refused;
