use gw_db::{DbError, TenantTx};

/// Whether this is the bound tenant's name or alias.
pub(crate) async fn is_called(tx: &mut TenantTx, name: &str) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        r#"select exists (
               select from tenants.published_tenants where name = $1 or alias = $1
           ) as "found!""#,
        name,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}
