use std::{
    collections::BTreeMap, fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, ensure};

use secrecy::SecretString;

use super::{
    client::Target,
    document::Document,
    fetch,
    plan::{Plan, plan},
};
use crate::{print, verify::read};

/// Makes a tenant's gates, operators, API keys and limits what a file says.
///
/// The plan is printed first: `+` is made, `~` changed, `-` removed. What the file does not name is
/// left alone, unless `--prune` says otherwise: then gates are archived, operators suspended and API
/// keys revoked, but never the key that is used for it. A second time changes nothing.
///
/// Exit code 0: it is so, or would be. 1: something cannot be made so. 2: usage, or the API refused.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("way").required(true))]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Print the plan, and change nothing.
    #[arg(long, group = "way")]
    dry_run: bool,
    /// Print the plan, and do it.
    #[arg(long, group = "way")]
    yes: bool,
    /// Remove what the file does not name, of the kinds that it names at all.
    #[arg(long)]
    prune: bool,
    /// A key of the platform, for the limits: a tenant does not change its own. Better in the
    /// environment.
    #[arg(long, env = "GATEWRIGHT_PLATFORM_KEY", hide_env_values = true)]
    platform_key: Option<SecretString>,
    /// Where the secrets of new API keys are written, which nobody is shown again: a file that is
    /// not there yet.
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// What `gatewright export` prints; `-` reads standard input.
    file: String,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let file = Document::read(&read(&arguments.file)?).context(arguments.file)?;
    let api = arguments.target.open()?;
    let platform = arguments.platform_key.map(|key| api.with_key(key));
    ensure!(
        platform.as_ref().is_none_or(|platform| platform.asks_with("gw_platform_")),
        "--platform-key: that is no key of the platform"
    );
    let limits = match file.limits {
        Some(_) => Some(fetch::limits(&api).await?.context("the key may not read the limits")?),
        None => None,
    };
    let tenant = fetch::tenant(&api, limits).await?;
    let asks = |key: &super::document::ApiKey| {
        key.prefix.as_ref().is_some_and(|prefix| api.asks_with(prefix))
    };
    let plan = plan(&file, &tenant, platform.is_some(), arguments.prune, asks);
    show(&plan);
    if !plan.impossible.is_empty() {
        return Ok(ExitCode::from(1));
    }
    if arguments.dry_run || plan.steps.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    ensure!(
        !plan.makes_keys() || arguments.secrets.is_some(),
        "new API keys have secrets that are shown once: say with --secrets where to write them"
    );
    let mut secrets = arguments.secrets.filter(|_| plan.makes_keys()).map(create).transpose()?;
    let mut operators: BTreeMap<String, String> =
        tenant.operators.into_iter().map(|(id, it)| (it.mail.to_lowercase(), id)).collect();
    for mut step in plan.steps {
        if let Some(owner) = step.owner.as_ref().and_then(|mail| operators.get(mail)) {
            step.body["operator_id"] = owner.as_str().into();
        }
        let api = platform.as_ref().filter(|_| step.by_platform).unwrap_or(&api);
        let made = api.change(step.method.clone(), &step.path, &step.body).await;
        let made = made.with_context(|| format!("{step}"))?;
        if let (Some(mail), Some(id)) = (made["mail"].as_str(), made["operator_id"].as_str()) {
            operators.insert(mail.to_lowercase(), id.to_owned());
        }
        if let (Some(secrets), Some(secret)) = (&mut secrets, made["api_key"].as_str()) {
            writeln!(secrets, "{}: {secret}", made["name"])?;
            secrets.sync_all()?;
        }
    }
    print::line("applied");
    Ok(ExitCode::SUCCESS)
}

fn show(plan: &Plan) {
    for step in &plan.steps {
        print::line(&step.to_string());
    }
    for what in &plan.impossible {
        print::line(&format!("! {what}"));
    }
    for what in &plan.left_alone {
        print::error(&format!("not in the file, and left alone: {what}"));
    }
    if plan.steps.is_empty() && plan.impossible.is_empty() {
        print::line("nothing to change");
    }
}

/// Its owner's alone.
fn create(path: PathBuf) -> anyhow::Result<fs::File> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.with_context(|| format!("cannot make {}", path.display()))
}
