//! One binary: every service, one or many at a time.
use std::process::ExitCode;

fn main() -> ExitCode {
    gatewright::main()
}
