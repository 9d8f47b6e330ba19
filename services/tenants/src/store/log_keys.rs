use chrono::{DateTime, Utc};
use gw_crypto::keys::PublicKey;
use gw_db::{DbError, query::Bound};
use gw_kernel::LogKeyId;

use crate::{domain::NewLogKey, error::TenantsError};

/// The key that signs the bound tenant's log.
pub(crate) struct StoredLogKey {
    pub(crate) id: LogKeyId,
    pub(crate) origin: String,
    pub(crate) public: PublicKey,
    pub(crate) signs_from: i64,
}

/// The active key, held until the end.
pub(crate) async fn active(tx: &mut impl Bound) -> Result<StoredLogKey, TenantsError> {
    let row = sqlx::query!(
        "select key_id, origin, public_key, signs_from from tenants.log_keys
         where state = 'active' for update",
    )
    .fetch_one(tx.bound_conn())
    .await?;
    let public = row.public_key.try_into().ok().map(PublicKey::from_bytes);
    let public = public.and_then(Result::ok).ok_or(TenantsError::Unreadable("the log's key"))?;
    let id = LogKeyId::from_uuid(row.key_id);
    Ok(StoredLogKey { id, origin: row.origin, public, signs_from: row.signs_from })
}

/// Ends a key before this size of the log.
pub(crate) async fn retire(tx: &mut impl Bound, key: LogKeyId, until: i64) -> Result<(), DbError> {
    sqlx::query!(
        "update tenants.log_keys set state = 'retired', signs_until = $2 where key_id = $1",
        key.uuid(),
        until,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// Keeps a key that signs from this size of the log on, and says in the directory whose it is.
pub(crate) async fn insert(
    tx: &mut impl Bound,
    key: &NewLogKey,
    signs_from: i64,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into tenants.log_keys (key_id, origin, public_key, sealed, signs_from, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        key.id.uuid(),
        key.origin,
        key.public.as_bytes().as_slice(),
        key.sealed,
        signs_from,
        now,
    )
    .execute(tx.bound_conn())
    .await?;
    sqlx::query!("insert into gw.directory (kind, id) values ('log', $1)", key.id.uuid())
        .execute(tx.bound_conn())
        .await?;
    Ok(())
}
