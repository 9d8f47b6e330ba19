use std::collections::HashMap;

use gw_contracts::DecisionRecord;
use gw_crypto::{keys::PublicKey, receipt::Receipt};
use gw_db::TenantTx;
use gw_journal::read::{self, StoredEntry};
use gw_kernel::KeypairId;

use super::ReadError;
use crate::store;

/// A decision and its proof.
#[derive(Debug, Clone)]
pub(crate) struct Attested {
    /// Its position in the tenant's log.
    pub(crate) index: u64,
    /// The record, parsed.
    pub(crate) record: DecisionRecord,
    /// The record, as it was signed.
    pub(crate) text: String,
    /// The gate's signature over it, where each decision has one.
    pub(crate) signature: Option<[u8; 64]>,
    /// The key that made it.
    pub(crate) public_key: PublicKey,
    /// The proof that it is in the log.
    pub(crate) receipt: Receipt,
}

/// An entry whose record was parsed.
struct Read {
    index: u64,
    record: DecisionRecord,
    text: String,
    signature: Option<[u8; 64]>,
}

/// Puts attestations together again, in as many statements for a thousand as for one. Left out are
/// entries that are past their retention, that `wanted` does not want, and, with a line in our own
/// log, those that cannot be read.
pub(super) async fn attested(
    tx: &mut TenantTx,
    entries: Vec<StoredEntry>,
    wanted: impl Fn(&DecisionRecord) -> bool,
) -> Result<Vec<Attested>, ReadError> {
    let tenant = tx.tenant();
    let unreadable = |index| {
        tracing::error!(%tenant, index, "a decision of the log cannot be read");
    };
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().filter(|entry| entry.body.is_some()) {
        let index = entry.index;
        match parse(entry) {
            Some(read) if wanted(&read.record) => found.push(read),
            Some(_) => {}
            None => unreadable(index),
        }
    }
    let keys = public_keys(tx, &found).await?;
    let indices: Vec<u64> = found.iter().map(|read| read.index).collect();
    let mut receipts = read::receipts(tx, &indices).await?;
    let attest = |Read { index, record, text, signature }: Read| {
        let public_key = keys.get(&record.data.basis.key_id).copied();
        let proof = public_key.zip(receipts.remove(&index));
        if proof.is_none() {
            unreadable(index);
        }
        let (public_key, receipt) = proof?;
        Some(Attested { index, record, text, signature, public_key, receipt })
    };
    Ok(found.into_iter().filter_map(attest).collect())
}

fn parse(entry: StoredEntry) -> Option<Read> {
    let text = String::from_utf8(entry.body?).ok()?;
    let record = serde_json::from_str(&text).ok()?;
    Some(Read { index: entry.index, record, text, signature: entry.signature })
}

async fn public_keys(
    tx: &mut TenantTx,
    found: &[Read],
) -> Result<HashMap<KeypairId, PublicKey>, ReadError> {
    let mut ids: Vec<_> = found.iter().map(|read| read.record.data.basis.key_id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = store::public_keys(tx, &ids).await?;
    let key = |(id, bytes): (KeypairId, Vec<u8>)| {
        let key = PublicKey::from_bytes(bytes.try_into().ok()?).ok()?;
        Some((id, key))
    };
    Ok(rows.into_iter().filter_map(key).collect())
}
