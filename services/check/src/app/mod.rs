//! One file for each thing a caller can ask for, and the decider that the journal calls back.

mod agent;
mod answer;
mod attestations;
mod attested;
mod caller;
mod check;
mod check_error;
mod decider;
mod decision;
mod earlier;
mod halted;
mod log;
mod read_error;
mod rehearse;
mod remembered;
mod told;
mod unit;
mod verdict;

pub(crate) use agent::{authenticate, call};
pub(crate) use answer::{Answer, Proof, Stage};
pub(crate) use attestations::{attestations_of_gate, decision};
pub(crate) use attested::Attested;
pub(crate) use caller::{KnownCaller, known_caller};
pub(crate) use check::check;
pub(crate) use check_error::CheckError;
pub(crate) use decider::{Decider, Refused};
pub(crate) use log::{checkpoint, jwks, verifier_key};
pub(crate) use read_error::ReadError;
pub(crate) use remembered::Remembered;
pub(crate) use told::ToldLimit;
pub(crate) use unit::check_unit;
pub(crate) use verdict::Verdict;
