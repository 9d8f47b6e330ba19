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

/// The bound tenant's data key, opened under the root key; with the one that it replaces, while a
/// rotation is under way.
pub(crate) async fn data_key(
    conn: &mut PgConnection,
    root_key: &RootKey,
    tenant: TenantId,
) -> Result<DataKey, DbError> {
    // Unchecked: the view is a service's, and this crate is built before its migration is written.
    let (sealed, previous): (Vec<u8>, Option<Vec<u8>>) = sqlx::query_as(
        "select sealed, previous_sealed from tenants.published_data_keys where tenant_id = $1",
    )
    .bind(tenant.uuid())
    .fetch_optional(conn)
    .await?
    .ok_or(DbError::NoDataKey(tenant))?;
    let open = |sealed: &[u8]| {
        let plain = root_key.open(&data_key_place(tenant), sealed);
        let plain = plain.map_err(|_| DbError::Sealed(tenant))?;
        let bytes = plain.as_slice().try_into().map_err(|_| DbError::Sealed(tenant))?;
        Ok::<_, DbError>(DataKey::from_bytes(bytes))
    };
    let current = open(&sealed)?;
    match previous {
        Some(previous) => Ok(current.after(open(&previous)?)),
        None => Ok(current),
    }
}

/// As [`data_key`], for a transaction that may write: until it ends, nobody replaces the key.
///
/// The lock has a statement of its own: a statement's snapshot is older than what it waits for.
pub(crate) async fn data_key_for_writing(
    conn: &mut PgConnection,
    root_key: &RootKey,
    tenant: TenantId,
) -> Result<DataKey, DbError> {
    sqlx::query("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))")
        .bind(data_key_lock(tenant))
        .execute(&mut *conn)
        .await?;
    data_key(conn, root_key, tenant).await
}

/// Waits until nobody writes who was given the bound tenant's data key, and lets nobody have it
/// until the transaction ends.
pub(crate) async fn replace_data_key(
    conn: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), DbError> {
    // Somebody who holds the head may be waiting for the key behind us, while we go for the head:
    // we give way before Postgres would find a deadlock (after a second), and are asked again.
    sqlx::query("set local lock_timeout = '500ms'").execute(&mut *conn).await?;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(data_key_lock(tenant))
        .execute(conn)
        .await?;
    Ok(())
}

fn data_key_lock(tenant: TenantId) -> String {
    format!("tenants.data_keys:{}", tenant.uuid())
}

/// What a tenant's data key is bound to where it is sealed under the root key.
pub(crate) fn data_key_place(tenant: TenantId) -> String {
    format!("tenant:{tenant}:data")
}
