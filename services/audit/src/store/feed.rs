use gw_db::{DbError, PlatformTx};

use crate::domain::{Cursor, Fact};

/// The bound tenant's entries behind a cursor, so many at most. An entry is visible before the next
/// one can exist, so there is none missing among them.
pub(crate) async fn after(
    tx: &mut PlatformTx,
    cursor: Cursor,
    limit: usize,
) -> Result<Vec<Fact>, DbError> {
    let rows = sqlx::query_as!(
        Fact,
        r#"select idx as "idx!", day as "day!", id as "id!", kind as "kind!", gate_id,
               moves_epoch as "moves_epoch!", body
           from journal.published_entries
           where idx >= $1 and day >= $2
           order by idx, day
           limit $3"#,
        cursor.next,
        cursor.day,
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
