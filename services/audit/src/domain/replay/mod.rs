//! Deciding again what a log says was decided.

mod difference;
mod history;
mod question;
mod replayer;
mod report;

pub use difference::{Difference, Disagreement};
pub use history::{History, Unlearnt};
pub use replayer::Replayer;
pub use report::{OnTrust, Replay, Stopped, StoppedAt};
