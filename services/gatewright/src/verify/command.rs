use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use gw_crypto::note::VerifierKey;
use serde_json::json;

use super::{GateKeys, LogKeys, verify_with};
use crate::print;

/// Checks an answer of `check` offline: its record, the gate's signature and the log's receipt.
///
/// Of a whole answer, `decision_id`, `attestation_id`, `decision`, `allowed`, `code`, `reason_code`,
/// `gate_id`, `agent_id`, `access_mode`, `evaluated_at`, `epoch`, `would` and `passport_id` must agree
/// with the record. Its other members (`reason`, `checks`, `principal`, `limits`, `retry_after`,
/// `obligations`, `approval`, `basis`) are for the reader's convenience and are not signed: what the
/// record has of them stands in `attestation.attestation_json`.
///
/// Exit code 0: it holds. 1: it is refused, and one line says why. 2: usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The whole answer, or its `attestation`, as JSON; `-` reads standard input.
    file: String,
    /// The gate's published keys: a file, or the URL of `/v1/gates/{gate}/jwks.json`.
    #[arg(long, value_name = "FILE-or-URL")]
    jwks: String,
    /// The tenant's log key (C2SP verifier key), or a file that holds it; after a rotation, a file
    /// with one a line, or with the JWKS of `/v1/tenants/{tenant}/jwks.json`.
    #[arg(long, value_name = "VKEY-or-FILE")]
    log_key: String,
    /// Print what was proven, or the refusal, as JSON.
    #[arg(long)]
    json: bool,
}

const MAX_FILE_BYTES: usize = 4 << 20;

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let file = read(&arguments.file)?;
    let jwks = if arguments.jwks.contains("://") {
        fetch(&arguments.jwks).await?
    } else {
        read(&arguments.jwks)?
    };
    let log_key = read_log_key(&arguments.log_key)?;
    match verify_with(&file, &GateKeys::parse(&jwks)?, &log_key) {
        Ok(facts) if arguments.json => print::json(&json!({ "holds": true, "facts": facts })),
        Ok(facts) => print::line(&format!(
            "holds: {} is `{}` ({}), signed by {} ({}), at position {} of {}",
            facts.decision_id,
            facts.decision,
            facts.reason_code,
            facts.signing_key_id,
            facts.signing,
            facts.index,
            facts.log,
        )),
        Err(refused) => {
            if arguments.json {
                print::json(&json!({ "holds": false, "why": refused.to_string() }));
            } else {
                print::line(&format!("refused: {refused}"));
            }
            return Ok(ExitCode::from(1));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_log_key(argument: &str) -> anyhow::Result<LogKeys> {
    if let Ok(key) = argument.trim().parse::<VerifierKey>() {
        return Ok(LogKeys::from(&key));
    }
    let text = String::from_utf8(read(argument)?).context("the log key's file is not text")?;
    Ok(LogKeys::parse(&text)?)
}

pub(crate) fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    if path == "-" {
        std::io::stdin().take(limit).read_to_end(&mut bytes)?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {path}"))?;
        file.take(limit).read_to_end(&mut bytes)?;
    }
    anyhow::ensure!(bytes.len() <= MAX_FILE_BYTES, "{path} is longer than {MAX_FILE_BYTES} bytes");
    Ok(bytes)
}

async fn fetch(url: &str) -> anyhow::Result<Vec<u8>> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let answer = client.get(url).send().await.context("the JWKS cannot be fetched")?;
    Ok(answer.error_for_status()?.bytes().await?.to_vec())
}
