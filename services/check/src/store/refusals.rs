//! What recording the numbers of refused requests needs to know of the log.

use gw_db::{DbError, TenantTx};
use uuid::Uuid;

/// From here on this transaction waits two seconds for a lock at most: nobody waits for it.
pub(crate) async fn wait_for_the_head_briefly(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query_scalar!("select set_config('lock_timeout', '2s', true)")
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// Whether the bound tenant has been made, and so its log has begun.
pub(crate) async fn exists(tx: &mut TenantTx) -> Result<bool, DbError> {
    let found =
        sqlx::query_scalar!(r#"select exists (select from tenants.published_tenants) as "found!""#);
    Ok(found.fetch_one(tx.conn()).await?)
}

/// Whether the bound tenant's log has an entry with this id.
pub(crate) async fn is_entry(tx: &mut TenantTx, id: Uuid) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from journal.published_entries where id = $1) as "found!""#,
        id,
    );
    Ok(found.fetch_one(tx.conn()).await?)
}
