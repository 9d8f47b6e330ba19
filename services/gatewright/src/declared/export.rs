use std::process::ExitCode;

use super::{client::Target, fetch};
use crate::print;

/// Prints a tenant's limits, gates, operators and API keys as YAML, without anything secret.
///
/// The same tenant is printed the same way, so that a difference between two exports is one between
/// two states. `gatewright apply` reads it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let api = arguments.target.open()?;
    let limits = fetch::limits(&api).await?;
    if limits.is_none() {
        print::error("the key may not read the tenant's limits: they are left out");
    }
    let yaml = fetch::tenant(&api, limits).await?.document().to_yaml()?;
    print::line(yaml.trim_end());
    Ok(ExitCode::SUCCESS)
}
