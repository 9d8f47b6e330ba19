//! The product, built with the tests, so that no test ever starts a stale build.
use std::process::ExitCode;

fn main() -> ExitCode {
    gatewright::main()
}
