use std::ops::{Range, RangeInclusive};

use chrono::NaiveDate;
use gw_db::{DbError, PlatformTx};

use crate::domain::{Fact, Followed};

/// The bound tenant's batches that hold so many entries from a position on, or the first of them. A
/// batch is visible before the next one can exist, so there is none missing among them.
pub(crate) async fn batches(
    tx: &mut PlatformTx,
    next: i64,
    entries: i64,
    limit: i64,
) -> Result<Vec<Followed>, DbError> {
    let rows = sqlx::query_as!(
        Followed,
        r#"select prev as "prev!", size as "size!", epoch as "epoch!",
               (at at time zone 'UTC')::date as "day!", tally
           from journal.published_batches
           where prev >= (select coalesce(max(holds.prev), 0)
                          from journal.published_batches holds
                          where holds.prev <= $1)
               and prev < $2
               and size > $1
           order by prev
           limit $3"#,
        next,
        next + entries,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The bound tenant's entries at these positions and of these days. Each stretch has its own limit,
/// so that it is a walk down the index, whatever is thought of how many entries there are.
pub(crate) async fn entries(
    tx: &mut PlatformTx,
    positions: impl Iterator<Item = &Range<i64>>,
    days: RangeInclusive<NaiveDate>,
) -> Result<Vec<Fact>, DbError> {
    let (from, until): (Vec<i64>, Vec<i64>) =
        positions.map(|range| (range.start, range.end)).unzip();
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        Fact,
        r#"select e.idx as "idx!", e.day as "day!", e.id as "id!", e.kind as "kind!", e.gate_id,
               e.moves_epoch as "moves_epoch!", e.body
           from unnest($1::bigint[], $2::bigint[]) as part (start, until)
           cross join lateral (
               select idx, day, id, kind, gate_id, moves_epoch, body
               from journal.published_entries
               where idx >= part.start and idx < part.until and day between $3 and $4
               order by idx, day
               limit part.until - part.start) e
           order by e.idx, e.day"#,
        &from,
        &until,
        days.start(),
        days.end(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
