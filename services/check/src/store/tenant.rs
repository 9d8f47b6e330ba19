use gw_db::{DbError, SnapshotTx};
use uuid::Uuid;

/// A tenant, as its owner publishes it.
pub(crate) struct TenantRow {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) default_gate_id: Option<Uuid>,
    pub(crate) checks_per_second: i32,
}

/// The key that signs a tenant's checkpoints, sealed.
pub(crate) struct LogKeyRow {
    pub(crate) key_id: Uuid,
    pub(crate) sealed: Vec<u8>,
    pub(crate) origin: String,
    pub(crate) signs_from: i64,
}

/// The bound tenant, if there is one.
pub(crate) async fn tenant(tx: &mut SnapshotTx<'_>) -> Result<Option<TenantRow>, DbError> {
    let row = sqlx::query_as!(
        TenantRow,
        r#"select name as "name!", state as "state!", default_gate_id,
                  checks_per_second as "checks_per_second!"
           from tenants.published_tenants join tenants.published_limits using (tenant_id)"#
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The log key that signs now.
pub(crate) async fn log_key(tx: &mut SnapshotTx<'_>) -> Result<Option<LogKeyRow>, DbError> {
    let row = sqlx::query_as!(
        LogKeyRow,
        r#"select key_id as "key_id!", sealed as "sealed!", origin as "origin!",
                  signs_from as "signs_from!"
           from tenants.snapshot_log_keys where state = 'active'"#
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The key that arguments are authenticated under, sealed; none while it is derived.
pub(crate) async fn arguments_key(tx: &mut SnapshotTx<'_>) -> Result<Option<Vec<u8>>, DbError> {
    let sealed = sqlx::query_scalar!(
        r#"select arguments_sealed as "sealed!" from tenants.snapshot_arguments_keys"#
    );
    Ok(sealed.fetch_optional(tx.conn()).await?)
}
