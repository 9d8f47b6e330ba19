use gw_db::{DbError, TenantTx};
use gw_kernel::RootKeyId;

use crate::domain::RootKey;

/// The key that the tenant's capabilities are made under, if there is one yet.
pub(crate) async fn active(tx: &mut TenantTx) -> Result<Option<RootKey>, DbError> {
    let row = sqlx::query!(
        "select id, sealed, created_at from capabilities.root_keys where state = 'active'"
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| RootKey {
        id: RootKeyId::from_uuid(row.id),
        sealed: row.sealed,
        created_at: row.created_at,
    }))
}

/// Makes this the active key, unless another is already; says whether it did.
///
/// Waits for whoever is doing the same in this moment.
pub(crate) async fn insert_first(tx: &mut TenantTx, key: &RootKey) -> Result<bool, DbError> {
    let inserted = sqlx::query!(
        "insert into capabilities.root_keys (id, state, sealed, created_at)
         values ($1, 'active', $2, $3)
         on conflict (tenant_id) where state = 'active' do nothing",
        key.id.uuid(),
        key.sealed,
        key.created_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}
