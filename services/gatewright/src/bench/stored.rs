//! What the logs hold after a run, asked through the front door.

use std::collections::HashMap;

use anyhow::Context;
use bytes::Bytes;
use rand::seq::IteratorRandom as _;
use serde_json::Value;

use super::{
    answer::count,
    caller::Caller,
    process::Process,
    report::Receipts,
    stage::{Stage, text},
};
use crate::verify::{GateKeys, LogKeys, verify_with};

/// How many entries the logs of these tenants have, together.
pub(super) async fn sizes(
    stage: &Stage,
    server: &Process,
    callers: &[Caller],
) -> anyhow::Result<u64> {
    let mut sizes = 0;
    for caller in callers {
        let note =
            get(stage, server, caller, &format!("/v1/log/{}/checkpoint", caller.tenant_id)).await?;
        let note = std::str::from_utf8(&note)?;
        let size = note.lines().nth(1).context("a checkpoint has a size")?;
        sizes += size.parse::<u64>()?;
    }
    Ok(sizes)
}

/// The mean length of the records of these answers.
pub(super) fn record_bytes(kept: &[(usize, Bytes)]) -> anyhow::Result<f64> {
    let mut bytes = 0;
    for (_, answer) in kept {
        let answer: Value = serde_json::from_slice(answer)?;
        bytes += text(&answer["attestation"], "attestation_json")?.len() as u64;
    }
    Ok(count(bytes) / count(kept.len() as u64))
}

/// Reads decisions back, at most so many of those that were answered, and proves each by its
/// receipt, its signature and the published keys, and that it says what was answered.
pub(super) async fn verify(
    stage: &Stage,
    server: &Process,
    kept: Vec<(Caller, Bytes)>,
    most: usize,
) -> anyhow::Result<Receipts> {
    let mut receipts = Receipts { verified: 0, refused: 0 };
    let mut keys: HashMap<String, (GateKeys, LogKeys)> = HashMap::new();
    for (caller, answer) in kept.into_iter().sample(&mut rand::rng(), most) {
        let answer: Value = serde_json::from_slice(&answer)?;
        let path = format!("/v1/admin/decisions/{}", text(&answer, "decision_id")?);
        let stored: Value = serde_json::from_slice(&get(stage, server, &caller, &path).await?)?;
        let (gate, tenant) = (caller.path.trim_end_matches("/check"), &caller.tenant_id);
        if !keys.contains_key(gate) {
            let gate_keys = get(stage, server, &caller, &format!("{gate}/jwks.json")).await?;
            let log_keys =
                get(stage, server, &caller, &format!("/v1/tenants/{tenant}/jwks.json")).await?;
            let parsed =
                (GateKeys::parse(&gate_keys)?, LogKeys::parse(std::str::from_utf8(&log_keys)?)?);
            keys.insert(gate.to_owned(), parsed);
        }
        let (gate_keys, log_keys) = &keys[gate];
        let same = stored["attestation"] == answer["attestation"];
        let holds = verify_with(&serde_json::to_vec(&stored["attestation"])?, gate_keys, log_keys);
        if same && holds.is_ok() { receipts.verified += 1 } else { receipts.refused += 1 }
    }
    Ok(receipts)
}

async fn get(
    stage: &Stage,
    server: &Process,
    caller: &Caller,
    path: &str,
) -> anyhow::Result<Bytes> {
    let request = stage.client.get(format!("{}{path}", server.url()));
    let answer = request.header("authorization", &*caller.authorization).send().await?;
    Ok(answer.error_for_status().with_context(|| path.to_owned())?.bytes().await?)
}
