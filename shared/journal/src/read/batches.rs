use chrono::NaiveDate;
use gw_crypto::merkle::Frontier;
use gw_db::TenantTx;

use super::ReadError;

/// A batch as it is stored.
#[derive(Clone)]
pub(super) struct StoredBatch {
    pub(super) prev: i64,
    pub(super) size: i64,
    pub(super) epoch: i64,
    pub(super) day: NaiveDate,
    pub(super) frontier: Vec<u8>,
    pub(super) checkpoint: Option<String>,
}

impl StoredBatch {
    pub(super) fn frontier(&self) -> Result<Frontier, ReadError> {
        let size = u64::try_from(self.size).unwrap_or_default();
        Frontier::from_parts(size, &self.frontier).map_err(|_| ReadError::Broken(size))
    }
}

/// The batch that an entry was written in.
pub(super) async fn batch_of(
    tx: &mut TenantTx,
    index: u64,
) -> Result<Option<StoredBatch>, ReadError> {
    let Ok(index) = i64::try_from(index) else { return Ok(None) };
    let batch = sqlx::query_as!(
        StoredBatch,
        r#"select prev as "prev!", size as "size!", epoch as "epoch!",
               (at at time zone 'UTC')::date as "day!", frontier as "frontier!", checkpoint
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

/// The last batch of the bound tenant's log.
pub(super) async fn newest_batch(tx: &mut TenantTx) -> Result<Option<StoredBatch>, ReadError> {
    let batch = sqlx::query_as!(
        StoredBatch,
        r#"select prev as "prev!", size as "size!", epoch as "epoch!",
               (at at time zone 'UTC')::date as "day!", frontier as "frontier!", checkpoint
           from journal.published_batches
           order by prev desc
           limit 1"#,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(batch)
}
