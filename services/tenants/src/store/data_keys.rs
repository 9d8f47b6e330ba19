use chrono::{DateTime, Utc};
use gw_db::{DbError, query::Bound};
use gw_kernel::TenantId;
use uuid::Uuid;

/// A tenant's data key, sealed under the root key; and the one that it replaces, while it does.
pub(crate) struct StoredDataKey {
    pub(crate) tenant: TenantId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) previous_sealed: Option<Vec<u8>>,
    /// Which rotation is under way.
    pub(crate) rotation: Option<Uuid>,
    pub(crate) arguments_sealed: Option<Vec<u8>>,
}

/// The bound tenant's, held until the end.
pub(crate) async fn lock(
    tx: &mut impl Bound,
    tenant: TenantId,
) -> Result<Option<StoredDataKey>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select tenant_id, sealed, previous_sealed, rotation, arguments_sealed
         from tenants.data_keys where tenant_id = $1 for update",
        tenant.uuid(),
    )
    .fetch_optional(tx.bound_conn())
    .await?;
    Ok(row.map(StoredDataKey::from))
}

/// Every tenant's behind this one, in the order of their ids, for whoever may see all of them.
pub(crate) async fn page(
    tx: &mut impl Bound,
    after: Option<TenantId>,
    limit: i64,
) -> Result<Vec<StoredDataKey>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "select tenant_id, sealed, previous_sealed, rotation, arguments_sealed
         from tenants.data_keys
         where $1::uuid is null or tenant_id > $1
         order by tenant_id
         limit $2",
        after.map(|tenant| tenant.uuid()),
        limit,
    )
    .fetch_all(tx.bound_conn())
    .await?;
    Ok(rows.into_iter().map(StoredDataKey::from).collect())
}

/// Puts another key in the place of the bound tenant's, which stays beside it.
pub(crate) async fn replace(
    tx: &mut impl Bound,
    stored: &StoredDataKey,
    sealed: &[u8],
    rotation: Uuid,
    arguments_sealed: &[u8],
) -> Result<(), DbError> {
    sqlx::query!(
        "update tenants.data_keys
         set sealed = $2, previous_sealed = $3, rotation = $4, arguments_sealed = $5
         where tenant_id = $1",
        stored.tenant.uuid(),
        sealed,
        stored.sealed,
        rotation,
        arguments_sealed,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// Forgets the key that was replaced.
pub(crate) async fn drop_previous(
    tx: &mut impl Bound,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "update tenants.data_keys
         set previous_sealed = null, rotation = null, rotated_at = $2
         where tenant_id = $1",
        tenant.uuid(),
        now,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// Writes the bound tenant's keys as they are sealed under another root key, unless they have
/// become others since they were read.
pub(crate) async fn reseal(
    tx: &mut impl Bound,
    read: &StoredDataKey,
    sealed: &[u8],
    previous_sealed: Option<&[u8]>,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "update tenants.data_keys set sealed = $3, previous_sealed = $5
         where tenant_id = $1 and sealed = $2 and previous_sealed is not distinct from $4",
        read.tenant.uuid(),
        read.sealed,
        sealed,
        read.previous_sealed.as_deref(),
        previous_sealed,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

struct Row {
    tenant_id: Uuid,
    sealed: Vec<u8>,
    previous_sealed: Option<Vec<u8>>,
    rotation: Option<Uuid>,
    arguments_sealed: Option<Vec<u8>>,
}

impl From<Row> for StoredDataKey {
    fn from(row: Row) -> Self {
        Self {
            tenant: TenantId::from_uuid(row.tenant_id),
            sealed: row.sealed,
            previous_sealed: row.previous_sealed,
            rotation: row.rotation,
            arguments_sealed: row.arguments_sealed,
        }
    }
}
