use chrono::{DateTime, Utc};
use gw_db::{DbError, query::Bound};
use gw_kernel::TenantId;

use crate::{domain::NewSecrets, store};

/// Keeps the data key and the log key of the bound tenant, and says in the directory whose log key it is.
pub(crate) async fn insert(
    tx: &mut impl Bound,
    data_key_sealed: &[u8],
    secrets: &NewSecrets,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into tenants.data_keys (sealed, created_at) values ($1, $2)",
        data_key_sealed,
        now,
    )
    .execute(tx.bound_conn())
    .await?;
    store::log_keys::insert(tx, &secrets.log_key, 0, now).await
}

/// Lets a tenant be found by its id alone.
pub(crate) async fn publish_id(tx: &mut impl Bound, tenant: TenantId) -> Result<(), DbError> {
    sqlx::query!("insert into gw.directory (kind, id) values ('tenant', $1)", tenant.uuid())
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
