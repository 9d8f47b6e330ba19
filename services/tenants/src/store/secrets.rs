use chrono::{DateTime, Utc};
use gw_db::{DbError, query::Bound};
use gw_kernel::{LogKeyId, TenantId};

use crate::domain::NewSecrets;

/// Keeps the data key and the log key of the bound tenant, and says in the directory whose log it is.
pub(crate) async fn insert(
    tx: &mut impl Bound,
    secrets: &NewSecrets,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into tenants.data_keys (sealed, created_at) values ($1, $2)",
        secrets.data_key_sealed,
        now,
    )
    .execute(tx.bound_conn())
    .await?;
    sqlx::query!(
        "insert into tenants.log_keys (key_id, origin, public_key, sealed, created_at)
         values ($1, $2, $3, $4, $5)",
        secrets.log_key.uuid(),
        secrets.log_origin,
        secrets.log_public_key.as_slice(),
        secrets.log_key_sealed,
        now,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// Lets a tenant, and its log's key, be found by their ids alone.
pub(crate) async fn publish_ids(
    tx: &mut impl Bound,
    tenant: TenantId,
    log_key: LogKeyId,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into gw.directory (kind, id) values ('tenant', $1), ('log', $2)",
        tenant.uuid(),
        log_key.uuid(),
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// The host that every log's origin of this installation begins with.
pub(crate) async fn issuer_host(tx: &mut impl Bound) -> Result<String, DbError> {
    let host =
        sqlx::query_scalar!("select issuer_host from gw.installation").fetch_one(tx.bound_conn());
    Ok(host.await?)
}
