//! The tool: `gatewright dev | serve | migrate | schema | platform-key | verify-attestation
//! | audit | keys | doctor | export | apply | bench`.
//!
//! The only crate that knows every service. It registers them with a host and adds what an
//! operator does at a terminal; decisions, tenants and gates are the services' own business. It is
//! a library with a five-line `main`, so that tests start the very build that they were made with.

mod audit;
mod bench;
mod cli;
mod declared;
mod dev;
mod doctor;
pub mod keys;
mod migrate;
mod platform_key;
mod print;
mod ready_file;
mod reference;
pub mod schema;
mod serve;
pub mod verify;

use std::process::ExitCode;

use gw_db::DbError;
use gw_kernel::Fault;
use gw_runtime::{Config, Host, RuntimeError};
use gw_tenants::TenantsError;

/// Runs the command line; the exit code is 0 for success, 1 for a refusal, 2 for usage or set-up.
#[must_use]
pub fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    runtime.block_on(cli::run()).unwrap_or_else(|error| fail(&error))
}

fn fail(error: &anyhow::Error) -> ExitCode {
    let code = error.downcast_ref::<RuntimeError>().map(RuntimeError::code);
    let code = code.or_else(|| error.downcast_ref::<DbError>().map(Fault::code));
    let code = code.or_else(|| error.downcast_ref::<TenantsError>().map(Fault::code));
    let code = code.map_or_else(String::new, |code| format!("{code}: "));
    print::error(&format!("gatewright: {code}{error:#}"));
    ExitCode::from(2)
}

/// Every service there is, ready to be run or described.
fn host(config: Config) -> Host {
    Host::new(config)
        .service::<gw_tenants::Tenants>()
        .service::<gw_gates::Gates>()
        .service::<gw_capabilities::Capabilities>()
        .service::<gw_check::Check>()
        .service::<gw_audit::Audit>()
}
