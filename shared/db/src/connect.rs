//! A single connection: making one, checking who it is, and binding it to a tenant.

use std::time::Duration;

use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::TenantId;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};

use crate::{DbError, Role};

/// A host that swallows packets must not hold up a start, or a load, for minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection of its own, in this role.
pub(crate) async fn in_role(
    options: &PgConnectOptions,
    role: Role,
) -> Result<PgConnection, DbError> {
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await;
    let mut conn = connected.map_err(|_| sqlx::Error::PoolTimedOut)??;
    assert_role(&mut conn, role).await?;
    Ok(conn)
}

/// Refuses a connection that is somebody else, or that row-level security does not hold for.
pub(crate) async fn assert_role(conn: &mut PgConnection, role: Role) -> Result<(), DbError> {
    let walled = sqlx::query_scalar!(
        r#"select current_user = $1 and not rolsuper and not rolbypassrls as "walled!"
           from pg_roles where rolname = current_user"#,
        role.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    if walled == Some(true) { Ok(()) } else { Err(DbError::WrongRole(role)) }
}

/// Binds the transaction to a tenant: from here on nothing else is visible or writable in it.
pub(crate) async fn bind(conn: &mut PgConnection, tenant: TenantId) -> Result<(), DbError> {
    sqlx::query_scalar!("select set_config('gw.tenant_id', $1, true)", tenant.uuid().to_string())
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// The bound tenant's data key, opened under the root key.
pub(crate) async fn data_key(
    conn: &mut PgConnection,
    root_key: &RootKey,
    tenant: TenantId,
) -> Result<DataKey, DbError> {
    // Unchecked: the view is a service's, and this crate is built before its migration is written.
    let sealed: Vec<u8> =
        sqlx::query_scalar("select sealed from tenants.published_data_keys where tenant_id = $1")
            .bind(tenant.uuid())
            .fetch_optional(conn)
            .await?
            .ok_or(DbError::NoDataKey(tenant))?;
    let plain = root_key
        .open(&format!("tenant:{tenant}:data"), &sealed)
        .map_err(|_| DbError::Sealed(tenant))?;
    let bytes = plain.as_slice().try_into().map_err(|_| DbError::Sealed(tenant))?;
    Ok(DataKey::from_bytes(bytes))
}
