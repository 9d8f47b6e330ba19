use chrono::{DateTime, Utc};
use gw_db::{DbError, SnapshotTx};
use uuid::Uuid;

/// A key that capabilities are made under, sealed.
pub(crate) struct RootKeyRow {
    pub(crate) key_id: Uuid,
    pub(crate) sealed: Vec<u8>,
    pub(crate) statement_public: Option<Vec<u8>>,
    pub(crate) accepted_until: Option<DateTime<Utc>>,
}

/// What is refused of the tenant's capabilities.
pub(crate) struct RevocationRow {
    pub(crate) kind: String,
    pub(crate) selected: String,
    pub(crate) until_epoch: Option<i64>,
}

/// The public half of a key that signs statements.
pub(crate) struct StatementKeyRow {
    pub(crate) key_id: Uuid,
    pub(crate) statement_public: Vec<u8>,
}

/// Every root key that may still verify.
pub(crate) async fn root_keys(tx: &mut SnapshotTx<'_>) -> Result<Vec<RootKeyRow>, DbError> {
    let rows = sqlx::query_as!(
        RootKeyRow,
        r#"select key_id as "key_id!", sealed as "sealed!", statement_public, accepted_until
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
        r#"select key_id as "key_id!", sealed as "sealed!", statement_public, accepted_until
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
        r#"select kind as "kind!", selected as "selected!", until_epoch
           from capabilities.snapshot_revocations"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// What one entry revoked: read in the order of the index that names entries, so that no other will
/// do, whatever the plan was made on.
pub(crate) async fn one_revocation(
    tx: &mut SnapshotTx<'_>,
    revocation: Uuid,
) -> Result<Vec<RevocationRow>, DbError> {
    let rows = sqlx::query_as!(
        RevocationRow,
        r#"select kind as "kind!", selected as "selected!", until_epoch
           from capabilities.snapshot_revocations
           where revocation_id >= $1 and revocation_id <= $1
           order by revocation_id"#,
        revocation
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Every key that has ever signed statements: what it signed stays to be verified.
pub(crate) async fn statement_keys(
    tx: &mut SnapshotTx<'_>,
) -> Result<Vec<StatementKeyRow>, DbError> {
    let rows = sqlx::query_as!(
        StatementKeyRow,
        r#"select key_id as "key_id!", statement_public as "statement_public!"
           from capabilities.snapshot_root_keys where statement_public is not null
           order by key_id desc"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
