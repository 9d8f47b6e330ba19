//! The table `gw.requests`.

use chrono::{DateTime, Utc};
use gw_crypto::{Hash, seal::DataKey};
use gw_kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Repeated, RequestKey, place};
use crate::DbError;

/// How many rows that are too old one request removes, of its own tenant's.
const PRUNED: i64 = 100;

/// An answer that is kept.
pub(super) struct Row {
    pub(super) id: Uuid,
    fingerprint: Vec<u8>,
    sealed: Vec<u8>,
    pub(super) created_at: DateTime<Utc>,
}

impl Row {
    /// What whoever asks again under its key is told.
    pub(super) fn repeated(
        &self,
        tenant: TenantId,
        fingerprint: Hash,
        data_key: &DataKey,
    ) -> Result<Repeated, DbError> {
        if self.fingerprint != fingerprint {
            return Ok(Repeated::Another);
        }
        let opened = data_key.open(&place(tenant, self.id), &self.sealed);
        opened.map(Repeated::Answered).map_err(|_| DbError::Sealed(tenant))
    }
}

/// Waits until nobody else is at a request of this caller and key, and keeps others waiting until
/// the transaction ends. What was committed meanwhile, later statements see.
pub(super) async fn lock(conn: &mut PgConnection, key: &RequestKey) -> Result<(), DbError> {
    let RequestKey { tenant, caller, key_sha256 } = key;
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended(
             format('gw.requests %s %s %s', $1::text, $2::text, encode($3, 'hex')), 0))",
        tenant.to_string(),
        caller,
        key_sha256.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn find(
    conn: &mut PgConnection,
    key: &RequestKey,
) -> Result<Option<Row>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select id, fingerprint, sealed, created_at from gw.requests
         where caller = $1 and key_sha256 = $2",
        key.caller,
        key.key_sha256.as_slice(),
    );
    Ok(row.fetch_optional(conn).await?)
}

pub(super) async fn remove(conn: &mut PgConnection, id: Uuid) -> Result<(), DbError> {
    sqlx::query!("delete from gw.requests where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Removes some that are too old; not those that somebody else is at, because the head may be held.
pub(super) async fn prune(conn: &mut PgConnection, old: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "delete from gw.requests where id in (
             select id from gw.requests where created_at <= $1
             order by created_at limit $2 for update skip locked)",
        old,
        PRUNED,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    key: &RequestKey,
    fingerprint: Hash,
    sealed: &[u8],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into gw.requests (id, caller, key_sha256, fingerprint, sealed, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        id,
        key.caller,
        key.key_sha256.as_slice(),
        fingerprint.as_slice(),
        sealed,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
