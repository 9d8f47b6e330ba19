//! What an auditor asks of a tenant's stored log.

mod replay;
mod verify;

use std::{
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Subcommand;
use gw_audit::Progress;
use gw_db::{Db, Role};
use gw_kernel::{Clock, SystemClock};

use crate::{print, serve};

/// Verifies a tenant's log in the database, or decides its decisions again.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Arguments),
    Replay(replay::Arguments),
}

/// How often something long says how far it is.
const EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
    }
}

/// As the role that reads what is published, and writes nothing.
async fn connect(config: Option<&Path>) -> anyhow::Result<Db> {
    let config = serve::load(config)?;
    let keys = config.keys.load()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Db::connect(&config.database, Role::Check, keys, clock).await?)
}

/// Says now and then, on standard error, that so many entries are `done`.
fn progress(done: &'static str) -> impl FnMut(Progress) + Send {
    let mut said = Instant::now();
    move |progress: Progress| {
        if said.elapsed() >= EVERY {
            said = Instant::now();
            print::error(&format!("{} of {} entries {done} so far", progress.done, progress.of));
        }
    }
}
