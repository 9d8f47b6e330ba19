//! `gatewright doctor`: is everything as it has to be, and if not, what is to be done?

mod certificate;
mod configuration;
mod database;
mod durability;
mod finding;
mod roles;

use std::{path::PathBuf, process::ExitCode};

use gw_runtime::Config;
use secrecy::SecretString;
use serde_json::json;

use crate::print;
use finding::{Findings, Severity};

/// Looks at the configuration, the secrets, the database and its roles, and says what to do.
///
/// It changes nothing. The configuration is the one that `serve` would read: give it the same
/// `--config` and environment.
///
/// Exit code 0: no errors. 1: errors. 2: usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    if let Some(config) = configuration::look(arguments.config.as_deref(), &mut findings) {
        certificate::look(&config, &mut findings);
        look_at_database(&config, &mut findings).await;
    }
    if arguments.json {
        print::json(&json!({
            "findings": findings.all(),
            "errors": findings.count(Severity::Error),
            "warnings": findings.count(Severity::Warning),
        }));
    } else {
        say(&findings);
    }
    Ok(ExitCode::from(u8::from(findings.count(Severity::Error) > 0)))
}

async fn look_at_database(config: &Config, findings: &mut Findings) {
    let Some(url) = any_login(config) else {
        let advice = "set database.url_file, or database.roles.<name>.url_file for each service";
        return findings.error("database", "no database is configured", advice);
    };
    let Some(server) = database::server(config, &url, findings).await else { return };
    durability::look(config, &server, findings);
    let current = database::migrations(&url, findings).await;
    roles::look(config, &url, current, findings).await;
    if current {
        database::installation(config, findings).await;
        database::log(config, &url, findings).await;
    }
}

/// The login that migrates, else one of the services'.
fn any_login(config: &Config) -> Option<SecretString> {
    let own = || config.database.roles.values().next().map(|role| &role.url);
    config.database.url.as_ref().or_else(own).cloned()
}

fn say(findings: &Findings) {
    for finding in findings.all() {
        let mark = match finding.severity {
            Severity::Ok => "ok     ",
            Severity::Warning => "warning",
            Severity::Error => "error  ",
        };
        print::line(&format!("{mark}  {}: {}", finding.check, finding.found));
        if let Some(advice) = &finding.advice {
            print::line(&format!("         {advice}"));
        }
    }
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    print::line(&format!("{errors} errors, {warnings} warnings"));
}
