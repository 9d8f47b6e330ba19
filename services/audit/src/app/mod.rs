//! Reading a log through the verifier.

mod verify;

pub use verify::{Progress, verify};
