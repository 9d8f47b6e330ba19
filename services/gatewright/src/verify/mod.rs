//! `gatewright verify-attestation`: an answer, the published keys, and nothing else.

mod answer;
mod command;
mod keys;
mod refusal;

pub use answer::{Facts, verify};
pub(crate) use command::{Arguments, read, read_log_key, run};
pub use keys::GateKeys;
pub use refusal::Refused;
