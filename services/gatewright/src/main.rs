//! One binary: every service, one or many at a time.
use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A check's memory is often freed by another thread than took it, at which this is good: a tenth
/// of a check's processor time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    gatewright::main()
}
