use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use secrecy::SecretString;

use crate::{print, serve};

/// Makes the database roles and applies the migrations; safe to run again.
///
/// The database is `database.url` of the configuration, else DATABASE_URL. The login must own the
/// database and may create roles; where it may not, an administrator runs what `--print-roles`
/// prints first.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print the SQL that makes the roles, and change nothing.
    #[arg(long)]
    print_roles: bool,
    /// A TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.print_roles {
        print::line(gw_db::roles::sql().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let configured = serve::load(arguments.config.as_deref())?.database.url;
    let url = configured
        .or_else(|| std::env::var("DATABASE_URL").ok().map(SecretString::from))
        .context("no database: set GATEWRIGHT__DATABASE__URL or DATABASE_URL")?;
    gw_db::migrate(&url, print::line).await?;
    print::line("the database is up to date");
    Ok(ExitCode::SUCCESS)
}
