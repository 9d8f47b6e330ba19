//! Verifying attestations: the files of the binary, without its command line.

#[path = "../../../services/gatewright/src/verify/answer.rs"]
mod answer;
#[path = "../../../services/gatewright/src/verify/keys.rs"]
mod keys;
#[path = "../../../services/gatewright/src/verify/log_keys.rs"]
mod log_keys;
#[path = "../../../services/gatewright/src/verify/refusal.rs"]
mod refusal;

pub use answer::{Facts, verify, verify_with};
pub use keys::GateKeys;
pub use log_keys::LogKeys;
pub use refusal::Refused;
