use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use gw_audit::{Anchor, AuditError, Report};
use gw_crypto::note::VerifierKey;
use gw_kernel::TenantId;
use serde_json::json;

use crate::{print, verify};

/// Verifies a tenant's whole log, from the database, as it is at one moment.
///
/// Recomputed from the entries' own bytes: every hash, position, epoch, frontier and checkpoint,
/// every gate's signature and the positions that its key may sign, every budget's count; and no
/// decision was made at an epoch that had passed. The configuration says which database, and which
/// root key bears out the tenant's public keys.
///
/// A log that was cut back to an earlier size, or written anew by the holder of its own key, is
/// found against anything older that was kept: checkpoints (`GET /v1/log/{tenant}/checkpoint`) and
/// receipts. Without any, the answer says so.
///
/// Exit code 0: it holds. 1: it does not, and one line says what and where. 2: usage or set-up.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tenant's id.
    #[arg(long, value_name = "TENANT")]
    tenant: TenantId,
    /// An earlier checkpoint of this log that was kept: the log has to contain it still.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<String>,
    /// An earlier receipt, or the whole answer that it came in: its record has to be there still.
    #[arg(long, value_name = "FILE")]
    receipt: Vec<String>,
    /// The log's key as it was published (C2SP verifier key): the text itself, or a file.
    #[arg(long, value_name = "VKEY-or-FILE")]
    log_key: Option<String>,
    /// A TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print what was verified, or what was found, as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let anchors = anchors(&arguments)?;
    let log_key = arguments.log_key.as_deref().map(read_verifier_key).transpose()?;
    let db = super::connect(arguments.config.as_deref()).await?;

    let mut progress = super::progress("hold");
    let tenant = arguments.tenant;
    match gw_audit::verify(&db, tenant, log_key.as_ref(), anchors, &mut progress).await {
        Ok(report) => say(&report, arguments.json),
        Err(AuditError::Found(finding)) => {
            if arguments.json {
                let (code, position) = (finding.problem.code(), finding.position);
                let why = finding.problem.to_string();
                print::json(
                    &json!({ "holds": false, "code": code, "position": position, "why": why }),
                );
            } else {
                print::line(&format!("refused: {finding}"));
            }
            return Ok(ExitCode::from(1));
        }
        Err(AuditError::Db(error)) => {
            return Err(error).context("the log cannot be read");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(report: &Report, as_json: bool) {
    let older = match report.anchors {
        0 => "nothing older given".to_owned(),
        1 => "and with the one older proof given".to_owned(),
        count => format!("and with the {count} older proofs given"),
    };
    if as_json {
        return print::json(&json!({ "holds": true, "older": older, "facts": report }));
    }
    print::line(&format!(
        "consistent; {older}: {} entries ({} decisions, {} of them past \
         their retention) in {} batches of {}, {} past the newest \
         signed checkpoint; epoch {}, root {}",
        report.size,
        report.decisions,
        report.forgotten,
        report.batches,
        report.origin,
        report.unsigned,
        report.epoch,
        report.root,
    ));
}

fn anchors(arguments: &Arguments) -> anyhow::Result<Vec<Anchor>> {
    let mut anchors = Vec::new();
    for path in &arguments.checkpoint {
        anchors.push(Anchor::checkpoint(path, &text(path)?)?);
    }
    for path in &arguments.receipt {
        anchors.push(Anchor::receipt(path, &text(path)?)?);
    }
    Ok(anchors)
}

fn text(path: &str) -> anyhow::Result<String> {
    String::from_utf8(verify::read(path)?).with_context(|| format!("{path} is not text"))
}

fn read_verifier_key(argument: &str) -> anyhow::Result<VerifierKey> {
    if let Ok(key) = argument.trim().parse() {
        return Ok(key);
    }
    let text =
        String::from_utf8(verify::read(argument)?).context("the log key's file is not text")?;
    text.trim().parse().context("the log key is not a C2SP verifier key")
}
