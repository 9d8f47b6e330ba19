use chrono::{DateTime, Utc};
use gw_db::{DbError, TenantTx};

/// Keeps when a capability ends by itself.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    jti: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into capabilities.endings (jti, expires_at) values ($1, $2)",
        jti,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets some of what ended before this moment: more than a mint adds, and nobody waits for it.
pub(crate) async fn prune(tx: &mut TenantTx, before: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "delete from capabilities.endings where jti = any (array(
             select jti from capabilities.endings where expires_at < $1
             order by expires_at limit 8 for update skip locked))",
        before,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
