use gw_crypto::{
    Hash,
    merkle::{Batch, Frontier},
    receipt::Receipt,
};
use gw_db::TenantTx;
use gw_kernel::Epoch;

use super::{
    ReadError,
    batches::{StoredBatch, batch_of, newest_batch},
};
use crate::{LogSigner, settlement::sign};

/// The receipt of the entry at this position of the bound tenant's log.
///
/// A decision's is the one its caller got, to the byte: at the checkpoint of its own batch. An
/// administrative entry's is at the next checkpoint that is stored, and where there is none, at
/// the newest size, signed now by `newest`.
///
/// # Errors
/// When there is no such entry, nothing to prove it by, or the database fails.
pub async fn receipt(
    tx: &mut TenantTx,
    index: u64,
    newest: Option<&LogSigner>,
) -> Result<Receipt, ReadError> {
    let own = batch_of(tx, index).await?.ok_or(ReadError::NoEntry(index))?;
    let (end, checkpoint) = match own.checkpoint.clone() {
        Some(checkpoint) => (own.clone(), checkpoint),
        None => covering(tx, &own, newest).await?.ok_or(ReadError::NoCheckpoint(index))?,
    };
    let before = frontier_before(tx, own.prev).await?;
    let leaves = hashes(tx, &own, &end).await?;
    let tree = Batch::new(before, leaves);
    if tree.after() != end.frontier()? {
        return Err(ReadError::Broken(tree.size()));
    }
    Ok(Receipt { index, path: tree.path(index), checkpoint })
}

/// The bound tenant's newest checkpoint. The note holds no time and the signature is
/// deterministic, so every replica answers the same bytes.
///
/// # Errors
/// When the database fails.
pub async fn newest_checkpoint(tx: &mut TenantTx, signer: &LogSigner) -> Result<String, ReadError> {
    Ok(newest(tx).await?.checkpoint(signer))
}

/// A log as it was when it was read.
#[derive(Debug, Clone)]
pub struct Newest {
    /// The epoch: whoever signs must know of everything before it.
    pub epoch: Epoch,
    frontier: Frontier,
}

impl Newest {
    /// How many entries the log had.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The signed note over its size and root.
    #[must_use]
    pub fn checkpoint(&self, signer: &LogSigner) -> String {
        sign(signer, &[], self.frontier.size(), self.frontier.root())
    }
}

/// The bound tenant's log as it is.
///
/// # Errors
/// When the database fails.
pub async fn newest(tx: &mut TenantTx) -> Result<Newest, ReadError> {
    let (epoch, frontier) = match newest_batch(tx).await? {
        Some(batch) => (Epoch(batch.epoch), batch.frontier()?),
        None => (Epoch::default(), Frontier::empty()),
    };
    Ok(Newest { epoch, frontier })
}

/// What proves an administrative entry: the next batch with a checkpoint, else the newest one.
async fn covering(
    tx: &mut TenantTx,
    own: &StoredBatch,
    newest: Option<&LogSigner>,
) -> Result<Option<(StoredBatch, String)>, ReadError> {
    let next = sqlx::query_as!(
        StoredBatch,
        r#"select prev as "prev!", size as "size!", epoch as "epoch!",
               (at at time zone 'UTC')::date as "day!", frontier as "frontier!", checkpoint
           from journal.published_batches
           where prev > $1 and checkpoint is not null
           order by prev
           limit 1"#,
        own.prev,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some((batch, checkpoint)) = next.and_then(|b| Some((b.clone(), b.checkpoint?))) {
        return Ok(Some((batch, checkpoint)));
    }
    let (Some(signer), Some(batch)) = (newest, newest_batch(tx).await?) else { return Ok(None) };
    let frontier = batch.frontier()?;
    let checkpoint = sign(signer, &[], frontier.size(), frontier.root());
    Ok(Some((batch, checkpoint)))
}

/// The compact range of everything before this position, which a batch begins at.
async fn frontier_before(tx: &mut TenantTx, prev: i64) -> Result<Frontier, ReadError> {
    if prev == 0 {
        return Ok(Frontier::empty());
    }
    let batch = batch_of(tx, u64::try_from(prev - 1).unwrap_or_default()).await?;
    match batch {
        Some(batch) if batch.size == prev => batch.frontier(),
        _ => Err(ReadError::Broken(u64::try_from(prev).unwrap_or_default())),
    }
}

/// The leaves' hashes from the beginning of one batch to the end of another.
async fn hashes(
    tx: &mut TenantTx,
    from: &StoredBatch,
    to: &StoredBatch,
) -> Result<Vec<Hash>, ReadError> {
    let hashes = sqlx::query_scalar!(
        r#"select hash as "hash!"
           from journal.published_entries
           where idx >= $1 and idx < $2 and day between $3 and $4
           order by idx"#,
        from.prev,
        to.size,
        from.day,
        to.day,
    )
    .fetch_all(tx.conn())
    .await?;
    let broken = || ReadError::Broken(u64::try_from(to.size).unwrap_or_default());
    hashes.into_iter().map(|hash| hash.try_into().map_err(|_| broken())).collect()
}
