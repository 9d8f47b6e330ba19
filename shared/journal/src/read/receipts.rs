use chrono::NaiveDate;
use gw_crypto::{
    Hash,
    merkle::{Batch, Frontier},
    receipt::Receipt,
};
use gw_db::{DbError, TenantTx};
use gw_kernel::{Fault, FaultKind};

use crate::{LogSigner, settlement::sign};

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log has no entry at this position.
    #[error("the log has no entry at position {0}")]
    NoEntry(u64),
    /// No checkpoint covers the entry yet, and none could be signed.
    #[error("no checkpoint covers position {0} yet")]
    NoCheckpoint(u64),
    /// What is stored does not lead to the root that was signed.
    #[error("the log's stored entries do not lead to its signed root at size {0}")]
    Broken(u64),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Fault for ReadError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoEntry(_) => FaultKind::NotFound,
            Self::NoCheckpoint(_) => FaultKind::Unavailable,
            Self::Broken(_) => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoEntry(_) => "log.no_entry",
            Self::NoCheckpoint(_) => "log.no_checkpoint",
            Self::Broken(_) => "log.broken",
            Self::Db(error) => error.code(),
        }
    }
}

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
    let frontier = match newest_batch(tx).await? {
        Some(batch) => batch.frontier()?,
        None => Frontier::empty(),
    };
    Ok(sign(signer, &[], frontier.size(), frontier.root()))
}

/// A batch as it is stored.
#[derive(Clone)]
struct StoredBatch {
    prev: i64,
    size: i64,
    day: NaiveDate,
    frontier: Vec<u8>,
    checkpoint: Option<String>,
}

impl StoredBatch {
    fn frontier(&self) -> Result<Frontier, ReadError> {
        let size = u64::try_from(self.size).unwrap_or_default();
        Frontier::from_parts(size, &self.frontier).map_err(|_| ReadError::Broken(size))
    }
}

/// The batch that an entry was written in.
async fn batch_of(tx: &mut TenantTx, index: u64) -> Result<Option<StoredBatch>, ReadError> {
    let Ok(index) = i64::try_from(index) else { return Ok(None) };
    let batch = sqlx::query_as!(
        StoredBatch,
        r#"select prev as "prev!", size as "size!", (at at time zone 'UTC')::date as "day!",
               frontier as "frontier!", checkpoint
           from journal.published_batches
           where prev <= $1
           order by prev desc
           limit 1"#,
        index,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(batch.filter(|batch| batch.size > index))
}

/// What proves an administrative entry: the next batch with a checkpoint, else the newest one.
async fn covering(
    tx: &mut TenantTx,
    own: &StoredBatch,
    newest: Option<&LogSigner>,
) -> Result<Option<(StoredBatch, String)>, ReadError> {
    let next = sqlx::query_as!(
        StoredBatch,
        r#"select prev as "prev!", size as "size!", (at at time zone 'UTC')::date as "day!",
               frontier as "frontier!", checkpoint
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

async fn newest_batch(tx: &mut TenantTx) -> Result<Option<StoredBatch>, ReadError> {
    let batch = sqlx::query_as!(
        StoredBatch,
        r#"select prev as "prev!", size as "size!", (at at time zone 'UTC')::date as "day!",
               frontier as "frontier!", checkpoint
           from journal.published_batches
           order by prev desc
           limit 1"#,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(batch)
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
