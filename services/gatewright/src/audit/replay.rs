use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, ensure};
use gw_audit::{AuditError, Difference, Disagreement, Replay};
use gw_kernel::TenantId;
use serde_json::json;

use crate::print;

/// Decides a tenant's stored decisions again, and compares.
///
/// The configuration is rebuilt from the log's own entries, and each question from what its record
/// pins: moment, credential, caveats, context, cost. The pipeline is the one that decides checks;
/// the record that it makes has to be the stored one, byte for byte. Budgets and windows are
/// counted along the log.
///
/// What no log can hold is secrets: that the caller's was right, and whether a capability's
/// signature was good, is believed, and counted. Whether these are the entries that were signed is
/// for `audit verify` to say.
///
/// Exit code 0: all agree. 1: some do not, or the replay had to stop; lines say which and where.
/// 2: usage or set-up.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tenant's id.
    #[arg(long, value_name = "TENANT")]
    tenant: TenantId,
    /// The first position that is told of; what is before it is read all the same.
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    since: u64,
    /// The first position that is not read any more.
    #[arg(long, value_name = "POSITION")]
    until: Option<u64>,
    /// A TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print a JSON object in a line of its own for each decision that comes out differently, and
    /// one with the counts.
    #[arg(long)]
    json: bool,
}

/// So many decisions are printed one by one; `--json` has all.
const MAX_PRINTED: u64 = 20;

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let position = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
    let positions = position(arguments.since)..arguments.until.map_or(i64::MAX, position);
    ensure!(!positions.is_empty(), "`--until` is not behind `--since`");
    let db = super::connect(arguments.config.as_deref()).await?;

    let mut printed = 0;
    let mut found = |disagreement: Disagreement| {
        printed += 1;
        if arguments.json {
            print::line(&json!(disagreement).to_string());
        } else if printed <= MAX_PRINTED {
            print::line(&line(&disagreement));
        }
    };
    let mut progress = super::progress("replayed");
    let replay =
        gw_audit::replay(&db, arguments.tenant, positions, &mut found, &mut progress).await;
    let replay = match replay {
        Ok(replay) => replay,
        Err(AuditError::Found(finding)) => {
            print::line(&format!("refused: {finding}"));
            return Ok(ExitCode::from(1));
        }
        Err(AuditError::Db(error)) => return Err(error).context("the log cannot be read"),
    };
    if arguments.json {
        let verdict = json!({ "agrees": replay.agrees(), "facts": replay });
        print::line(&verdict.to_string());
    } else {
        if let Some(more) = printed.checked_sub(MAX_PRINTED).filter(|more| *more > 0) {
            print::line(&format!("... and {more} more; `--json` has all"));
        }
        say(&replay);
    }
    Ok(if replay.agrees() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn line(disagreement: &Disagreement) -> String {
    let Disagreement { position, decision_id, differences } = disagreement;
    let told = |difference: &Difference| {
        let Difference { member, recorded, replayed } = difference;
        format!("{member}: recorded {recorded}, replayed {replayed}")
    };
    let told: Vec<String> = differences.iter().map(told).collect();
    format!("position {position}, {decision_id}: {}", told.join("; "))
}

fn say(replay: &Replay) {
    if let Some(stopped) = &replay.stopped {
        print::line(&format!("stopped at position {}: {}", stopped.position, stopped.why));
    }
    let verdict = if replay.agrees() { "agreed" } else { "disagreed" };
    let trust = &replay.on_trust;
    print::line(&format!(
        "{verdict}: {} decisions replayed, {} agree, {} disagree; not replayed: {} by another \
         engine, {} without a body; {} entries read, epoch {}",
        replay.replayed,
        replay.agreed,
        replay.disagreed,
        replay.other_engine,
        replay.no_body,
        replay.entries,
        replay.epoch,
    ));
    print::line(&format!(
        "believed, since no log holds secrets: {} callers' secrets, {} good signatures of \
         capabilities, {} refusals of capabilities, {} counters, {} global halts",
        trust.caller_secrets,
        trust.capability_signatures,
        trust.refused_capabilities,
        trust.counters,
        trust.global_halts,
    ));
}
