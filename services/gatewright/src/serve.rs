use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use gw_runtime::{Config, Loader, telemetry};
use serde_json::json;

use crate::{host, print, ready_file};

/// Runs every service, or the named ones, until SIGTERM or Ctrl-C.
///
/// Configuration: compiled-in defaults, under `--config FILE`, under the environment
/// (GATEWRIGHT__DATABASE__URL, GATEWRIGHT__KEYS__ROOT_KEY_FILE, ...). Apply migrations first:
/// `gatewright migrate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The services to run: tenants, gates, capabilities, check, audit. All of them when none is named.
    names: Vec<String>,
    /// The address to answer on; port 0 picks one. Overrides `listen`.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// When requests are answered, write `{"base_url", "pid"}` there, mode 0600.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// A TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut config = load(arguments.config.as_deref())?;
    if let Some(listen) = arguments.listen {
        config.listen.public = listen;
    }
    let telemetry = telemetry::init(&config)?;
    let ready_path = arguments.ready_file;
    ready_file::clear(ready_path.as_deref());
    let own = config.clone();
    let ready = |address: SocketAddr| {
        let ready = json!({ "base_url": own.url_of(address), "pid": std::process::id() });
        if let Some(path) = &ready_path
            && let Err(error) = ready_file::write(path, &ready)
        {
            print::error(&format!("gatewright: {error:#}"));
        }
    };
    let ended = host(config).run(&arguments.names, ready).await;
    ready_file::clear(ready_path.as_deref());
    telemetry.end().await;
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// The configuration: defaults under the file under the environment.
pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    let loader = match file {
        Some(file) => Loader::new().file(file)?,
        None => Loader::new(),
    };
    Ok(loader.environment().load()?)
}
