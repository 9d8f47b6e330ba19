//! `gatewright keys rotate`: other keys under everybody's secrets, while everybody goes on.

mod data;
mod root;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use gw_db::{Db, Role, sealed::SealedColumn};
use gw_kernel::{Clock, SystemClock};
use gw_runtime::Config;

pub use gw_tenants::keys::UNDER_ROOT;

use crate::{host, print, serve};

/// Replaces the keys that secrets are sealed under.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rotate(Rotate),
}

/// Rotates the root key, or tenants' data keys, without downtime.
///
/// Either can be stopped anywhere and run again: it goes on where it was.
///
/// Exit code 0: done. 1: refused or failed, and one line says why. 2: usage or set-up.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
struct Rotate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Root(root::Arguments),
    Data(data::Arguments),
}

/// What both rotations take.
#[derive(Debug, Args)]
struct Common {
    /// Say what would be done, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// A TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Command::Rotate(rotate) = arguments.command;
    match rotate.what {
        What::Root(arguments) => root::run(arguments).await,
        What::Data(arguments) => data::run(arguments).await,
    }
}

/// Every column that is sealed under tenants' data keys, and whose role writes it.
#[must_use]
pub fn sealed() -> Vec<(Role, SealedColumn)> {
    host(Config::default()).sealed()
}

async fn connect(config: &Config, role: Role) -> anyhow::Result<Db> {
    let keys = config.keys.load()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Db::connect(&config.database, role, keys, clock).await?)
}

fn load(common: &Common) -> anyhow::Result<Config> {
    serve::load(common.config.as_deref())
}

/// One line, and exit code 1.
fn refuse(code: &str, why: &str) -> ExitCode {
    print::error(&format!("gatewright: {code}: {why}"));
    ExitCode::from(1)
}

/// Says how far it is, now and then.
struct Said(Instant);

impl Said {
    const EVERY: Duration = Duration::from_secs(2);

    fn nothing() -> Self {
        Self(Instant::now())
    }

    fn now_and_then(&mut self, text: impl FnOnce() -> String) {
        if self.0.elapsed() >= Self::EVERY {
            self.0 = Instant::now();
            print::error(&text());
        }
    }
}
