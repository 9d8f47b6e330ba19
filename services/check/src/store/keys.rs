use chrono::{DateTime, Utc};
use gw_db::{DbError, SnapshotTx};
use uuid::Uuid;

/// An API key: never its secret, only the hash.
pub(crate) struct KeyRow {
    pub(crate) key_id: Uuid,
    pub(crate) secret_sha256: Vec<u8>,
    pub(crate) scopes: Vec<String>,
    pub(crate) gates: Option<Vec<Uuid>>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) operator_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) previous_sha256: Option<Vec<u8>>,
    pub(crate) previous_until: Option<DateTime<Utc>>,
    pub(crate) checks_per_minute: Option<i32>,
    pub(crate) operator_roles: Option<Vec<String>>,
    pub(crate) operator_state: Option<String>,
}

/// Every API key of the tenant.
pub(crate) async fn api_keys(tx: &mut SnapshotTx<'_>) -> Result<Vec<KeyRow>, DbError> {
    let rows = sqlx::query_as!(
        KeyRow,
        r#"select key_id as "key_id!", secret_sha256 as "secret_sha256!", scopes as "scopes!",
                  gates, expires_at, revoked_at, operator_id, kind as "kind!",
                  previous_sha256, previous_until, checks_per_minute, operator_roles,
                  operator_state
           from tenants.published_keys"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One API key.
pub(crate) async fn one_api_key(
    tx: &mut SnapshotTx<'_>,
    key: Uuid,
) -> Result<Option<KeyRow>, DbError> {
    let row = sqlx::query_as!(
        KeyRow,
        r#"select key_id as "key_id!", secret_sha256 as "secret_sha256!", scopes as "scopes!",
                  gates, expires_at, revoked_at, operator_id, kind as "kind!",
                  previous_sha256, previous_until, checks_per_minute, operator_roles,
                  operator_state
           from tenants.published_keys where key_id = $1"#,
        key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The API keys of one operator.
pub(crate) async fn operator_api_keys(
    tx: &mut SnapshotTx<'_>,
    operator: Uuid,
) -> Result<Vec<KeyRow>, DbError> {
    let rows = sqlx::query_as!(
        KeyRow,
        r#"select key_id as "key_id!", secret_sha256 as "secret_sha256!", scopes as "scopes!",
                  gates, expires_at, revoked_at, operator_id, kind as "kind!",
                  previous_sha256, previous_until, checks_per_minute, operator_roles,
                  operator_state
           from tenants.published_keys where operator_id = $1"#,
        operator
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
