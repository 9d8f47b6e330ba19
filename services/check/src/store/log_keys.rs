use gw_db::{DbError, TenantTx};
use uuid::Uuid;

/// The public half of a key of the tenant's log.
pub(crate) struct PublicLogKeyRow {
    pub(crate) key_id: Uuid,
    pub(crate) origin: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) signs_from: i64,
    pub(crate) signs_until: Option<i64>,
}

/// Every key that the tenant's log ever had, newest first: old receipts need old keys.
pub(crate) async fn public_log_keys(tx: &mut TenantTx) -> Result<Vec<PublicLogKeyRow>, DbError> {
    let rows = sqlx::query_as!(
        PublicLogKeyRow,
        r#"select key_id as "key_id!", origin as "origin!", public_key as "public_key!",
                  signs_from as "signs_from!", signs_until
           from tenants.snapshot_log_keys
           order by signs_from desc, key_id desc"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
