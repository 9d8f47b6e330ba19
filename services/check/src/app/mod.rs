//! One file for each thing a caller can ask for, and the decider that the journal calls back.

mod check;
mod decider;
mod verdict;

pub(crate) use check::{CheckError, check};
pub(crate) use decider::{Decider, Refused};
pub(crate) use verdict::{Answered, Verdict};
