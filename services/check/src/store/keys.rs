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
}

/// A key that capabilities are made under, sealed.
pub(crate) struct RootKeyRow {
    pub(crate) key_id: Uuid,
    pub(crate) sealed: Vec<u8>,
}

/// A capability that is refused.
pub(crate) struct RevocationRow {
    pub(crate) jti: String,
    pub(crate) revoked_at: DateTime<Utc>,
}

/// Every API key of the tenant.
pub(crate) async fn api_keys(tx: &mut SnapshotTx<'_>) -> Result<Vec<KeyRow>, DbError> {
    let rows = sqlx::query_as!(
        KeyRow,
        r#"select key_id as "key_id!", secret_sha256 as "secret_sha256!", scopes as "scopes!",
                  gates, expires_at, revoked_at, operator_id, kind as "kind!"
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
                  gates, expires_at, revoked_at, operator_id, kind as "kind!"
           from tenants.published_keys where key_id = $1"#,
        key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Every root key that may still verify.
pub(crate) async fn root_keys(tx: &mut SnapshotTx<'_>) -> Result<Vec<RootKeyRow>, DbError> {
    let rows = sqlx::query_as!(
        RootKeyRow,
        r#"select key_id as "key_id!", sealed as "sealed!"
           from capabilities.snapshot_root_keys where state <> 'retired'"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One root key, if it may still verify.
pub(crate) async fn one_root_key(
    tx: &mut SnapshotTx<'_>,
    key: Uuid,
) -> Result<Option<RootKeyRow>, DbError> {
    let row = sqlx::query_as!(
        RootKeyRow,
        r#"select key_id as "key_id!", sealed as "sealed!"
           from capabilities.snapshot_root_keys where key_id = $1 and state <> 'retired'"#,
        key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Every revocation of the tenant.
pub(crate) async fn revocations(tx: &mut SnapshotTx<'_>) -> Result<Vec<RevocationRow>, DbError> {
    let rows = sqlx::query_as!(
        RevocationRow,
        r#"select jti as "jti!", revoked_at as "revoked_at!"
           from capabilities.snapshot_revocations"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One revocation.
pub(crate) async fn one_revocation(
    tx: &mut SnapshotTx<'_>,
    jti: &str,
) -> Result<Option<RevocationRow>, DbError> {
    let row = sqlx::query_as!(
        RevocationRow,
        r#"select jti as "jti!", revoked_at as "revoked_at!"
           from capabilities.snapshot_revocations where jti = $1"#,
        jti
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}
