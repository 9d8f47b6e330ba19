use gw_contracts::{CheckDecidedV1, Event};
use gw_db::{DbError, TenantTx};
use gw_kernel::{Cursor, GateId, Page, PageRequest};

use super::{
    ReadError,
    entries::{Row, StoredEntry},
    filter::{Bounds, DecisionFilter, member},
};

/// A gate's decisions, newest first. A page's cursor is a decision's id.
///
/// The filter is compared with the records' bytes, so an entry may be among them that does not
/// match: ask [`DecisionFilter::matches`] once it is parsed. No entry is left out that does match,
/// and one that cannot be parsed is in nobody's way.
///
/// # Errors
/// When nothing has the cursor's id, or the database fails.
pub async fn decisions_of_gate(
    tx: &mut TenantTx,
    gate: GateId,
    filter: &DecisionFilter,
    page: PageRequest,
) -> Result<Page<StoredEntry>, ReadError> {
    let mut bounds = Bounds::of(filter);
    if let Some(cursor) = page.after {
        let (idx, day) = place(tx, cursor).await?.ok_or(ReadError::NoCursor)?;
        bounds.before = idx;
        bounds.last_day = bounds.last_day.min(day);
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select idx as "idx!", id as "id!", kind as "kind!", gate_id,
               moves_epoch as "moves_epoch!", hash as "hash!", body, signature
           from journal.published_entries
           where gate_id = $1
               and kind = $2
               and idx < $3
               and day between $4 and $5
               and id >= $6
               and id < $7
               and ($8::bytea is null or position($8 in body) > 0)
               and ($9::bytea is null or position($9 in body) > 0)
               and ($10::bytea is null or position($10 in body) > 0)
               and ($11::bytea is null or position($11 in body) > 0)
               and ($12::bytea is null or position($12 in body) > 0)
           order by idx desc
           limit $13"#,
        gate.uuid(),
        CheckDecidedV1::TYPE,
        bounds.before,
        bounds.first_day,
        bounds.last_day,
        bounds.first_id,
        bounds.end_id,
        member("agent_id", filter.agent_id.as_deref()),
        member("decision", filter.decision.as_deref()),
        member("action", filter.action.as_deref()),
        member("credential_id", filter.credential_id.as_deref()),
        member("would", filter.would.as_deref()),
        page.fetch(),
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows.into_iter().map(StoredEntry::from).collect();
    Ok(Page::from_fetched(entries, page, |entry| entry.id))
}

/// Where a cursor's entry is: positions and days rise together.
async fn place(
    tx: &mut TenantTx,
    cursor: Cursor,
) -> Result<Option<(i64, chrono::NaiveDate)>, DbError> {
    let place = sqlx::query!(
        r#"select idx as "idx!", day as "day!" from journal.published_entries where id = $1"#,
        cursor.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(place.map(|place| (place.idx, place.day)))
}
