use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Subcommand;
use gw_db::{Db, Role};
use gw_kernel::{Clock, SystemClock};
use gw_runtime::Config;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{print, serve};

/// Makes keys for the people who run the service for all tenants.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a platform key and prints it, once. Needs the database and the root key.
    Create {
        /// What the key is for; it stands in the platform's log.
        #[arg(long, default_value = "platform operator")]
        name: String,
        /// A TOML file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print `{"platform_key"}` as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Command::Create { name, config, json } = arguments.command;
    let key = create(&serve::load(config.as_deref())?, &name).await?;
    let key = key.expose_secret();
    if json {
        print::json(&json!({ "platform_key": key }));
    } else {
        print::line(key);
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the platform's own tenant where it is missing, and a key for it.
pub(crate) async fn create(config: &Config, name: &str) -> anyhow::Result<SecretString> {
    let keys = config.keys.load()?;
    let url = config.database.url.as_ref().context("no database: set GATEWRIGHT__DATABASE__URL")?;
    gw_db::installation::claim(url, &keys, &config.issuer_host).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let db = Db::connect(&config.database, Role::Tenants, keys, clock).await?;
    gw_tenants::bootstrap::platform(&db).await?;
    Ok(gw_tenants::bootstrap::create_platform_key(&db, name).await?)
}
