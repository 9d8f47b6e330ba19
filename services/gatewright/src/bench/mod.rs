//! `gatewright bench`: figures of this build on this machine, each beside a baseline of the same
//! run. Everything it talks to it has started itself, on loopback; it ends by itself and leaves
//! nothing behind.
//!
//! Wall-clock figures of a shared machine say little; two are comparable anywhere. `of_echo` is the
//! throughput as a part of what the bare HTTP stack does with the same load on the same machine,
//! and `cpu_of_echo` the processor time of the server for one answer, in units of the echo's.

mod answer;
mod caller;
mod check;
mod connection;
mod cpu;
mod load;
mod metrics;
mod process;
mod report;
mod run;
mod stage;
mod stored;
mod tenants;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde_json::json;

use crate::ready_file;

/// Measures this build on this machine, with servers and load of its own on loopback.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    Tenants(tenants::Arguments),
    /// The baseline: answers what it is sent.
    #[command(hide = true)]
    Echo {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        ready_file: PathBuf,
    },
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Check(arguments) => check::run(arguments).await,
        Command::Tenants(arguments) => tenants::run(arguments).await,
        Command::Echo { listen, ready_file } => {
            let ready = |address: SocketAddr| {
                let ready = json!({ "base_url": format!("http://{address}") });
                if let Err(error) = ready_file::write(&ready_file, &ready) {
                    crate::print::error(&format!("gatewright: {error:#}"));
                }
            };
            gw_runtime::echo(listen, ready, std::future::pending()).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
