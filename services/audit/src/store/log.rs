use chrono::NaiveDate;
use gw_db::{DbError, SnapshotTx};
use uuid::Uuid;

use crate::{Batch, Counter, Entry};

/// How many rows are held at a time. Bodies are at most 60,000 bytes.
const PAGE: i64 = 500;

/// The size that the bound tenant's log claims: how much there is to do.
pub(crate) async fn size(tx: &mut SnapshotTx<'_>) -> Result<i64, DbError> {
    let size = sqlx::query_scalar!(
        r#"select size as "size!" from journal.published_batches order by prev desc limit 1"#,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(size.unwrap_or_default())
}

/// The day on which this is read, by the clock that the log's days are from.
pub(crate) async fn today(tx: &mut SnapshotTx<'_>) -> Result<NaiveDate, DbError> {
    let today = sqlx::query_scalar!(r#"select (now() at time zone 'UTC')::date as "today!""#);
    Ok(today.fetch_one(tx.conn()).await?)
}

/// The next batches after the one that begins here.
pub(crate) async fn batches(
    tx: &mut SnapshotTx<'_>,
    after: Option<i64>,
) -> Result<Vec<Batch>, DbError> {
    let rows = sqlx::query_as!(
        Batch,
        r#"select prev as "prev!", size as "size!", epoch as "epoch!", at as "at!",
               frontier as "frontier!", checkpoint, tally
           from journal.published_batches
           where $1::bigint is null or prev > $1
           order by prev
           limit $2"#,
        after,
        PAGE,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The next entries after this one. Positions alone are not unique to the table: partitions of two
/// days can hold the same one, and both have to be seen.
pub(crate) async fn entries(
    tx: &mut SnapshotTx<'_>,
    after: Option<&Entry>,
) -> Result<Vec<Entry>, DbError> {
    let rows = sqlx::query_as!(
        Entry,
        r#"select idx as "idx!", day as "day!", id as "id!", kind as "kind!", gate_id,
               moves_epoch as "moves_epoch!", hash as "hash!", body, signature
           from journal.published_entries
           where $1::bigint is null or idx >= $1 and (idx, day) > ($1, $2::date)
           order by idx, day
           limit $3"#,
        after.map(|entry| entry.idx),
        after.map(|entry| entry.day),
        PAGE,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// An entry's id and position, in the order of ids.
pub(crate) struct IdRow {
    pub(crate) id: Uuid,
    pub(crate) idx: i64,
}

/// The next ids after this one.
pub(crate) async fn ids(
    tx: &mut SnapshotTx<'_>,
    after: Option<&IdRow>,
    limit: i64,
) -> Result<Vec<IdRow>, DbError> {
    let rows = sqlx::query_as!(
        IdRow,
        r#"select id as "id!", idx as "idx!"
           from journal.published_entries
           where $1::uuid is null or id >= $1 and (id, idx) > ($1, $2::bigint)
           order by id, idx
           limit $3"#,
        after.map(|row| row.id),
        after.map(|row| row.idx),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The next counters after this one.
pub(crate) async fn counters(
    tx: &mut SnapshotTx<'_>,
    after: Option<&str>,
) -> Result<Vec<Counter>, DbError> {
    let rows = sqlx::query_as!(
        Counter,
        r#"select key as "key!", used as "used!"
           from journal.published_counters
           where $1::text is null or key > $1
           order by key
           limit $2"#,
        after,
        PAGE,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Where the bound tenant's log is said to go on although it lost entries, in order.
pub(crate) async fn acknowledgements(tx: &mut SnapshotTx<'_>) -> Result<Vec<i64>, DbError> {
    let rows = sqlx::query_scalar!(
        r#"select idx as "idx!" from journal.published_acknowledgements order by idx, at"#,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
