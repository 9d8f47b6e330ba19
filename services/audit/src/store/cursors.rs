use gw_db::{DbError, PlatformTx, TenantTx, query::Bound};
use gw_kernel::{Epoch, TenantId};

use crate::domain::{Cursor, Standing};

/// How far the bound tenant's log has been digested. Until the transaction ends nobody else does.
pub(crate) async fn lock(tx: &mut PlatformTx) -> Result<Cursor, DbError> {
    // Somebody who went away with it in his hands must not stop everybody else.
    sqlx::query("set local lock_timeout = '2s'").execute(tx.conn()).await?;
    sqlx::query!("insert into audit.cursors default values on conflict do nothing")
        .execute(tx.conn())
        .await?;
    let row = sqlx::query!(
        "select next, day, epoch from audit.cursors where tenant_id = $1 for update",
        tx.bound().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Cursor { next: row.next, day: row.day, epoch: Epoch(row.epoch) })
}

/// How far the caller's log has been digested. Until the transaction ends nobody digests more, so
/// that all that it reads is of the same entries.
pub(crate) async fn hold(tx: &mut TenantTx) -> Result<i64, DbError> {
    let next = sqlx::query_scalar!(
        "select next from audit.cursors where tenant_id = $1 for share",
        tx.tenant().uuid(),
    );
    Ok(next.fetch_optional(tx.conn()).await?.unwrap_or_default())
}

/// Moves it.
pub(crate) async fn set(tx: &mut PlatformTx, cursor: Cursor) -> Result<(), DbError> {
    sqlx::query!(
        "update audit.cursors set next = $2, day = $3, epoch = $4 where tenant_id = $1",
        tx.bound().uuid(),
        cursor.next,
        cursor.day,
        cursor.epoch.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Says whether the bound tenant is near something that it may not exceed.
pub(crate) async fn set_near_limit(tx: &mut PlatformTx, near: bool) -> Result<(), DbError> {
    sqlx::query!(
        "update audit.cursors set near_limit = $2 where tenant_id = $1 and near_limit <> $2",
        tx.bound().uuid(),
        near,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many tenants are.
pub(crate) async fn near_limits(tx: &mut PlatformTx) -> Result<i64, DbError> {
    let near =
        sqlx::query_scalar!(r#"select count(*) as "near!" from audit.cursors where near_limit"#,);
    Ok(near.fetch_one(tx.conn()).await?)
}

/// How far the log of the tenant that is bound has come, and how much of it has been digested.
pub(crate) async fn standing(tx: &mut impl Bound, tenant: TenantId) -> Result<Standing, DbError> {
    let row = sqlx::query!(
        r#"select
               coalesce((select next from audit.cursors where tenant_id = $1), 0) as "next!",
               coalesce((select size from journal.published_batches order by prev desc limit 1), 0)
                   as "size!""#,
        tenant.uuid(),
    )
    .fetch_one(tx.bound_conn())
    .await?;
    Ok(Standing { known_to: row.next, size: row.size })
}

/// A tenant whose log has grown, and by how much.
pub(crate) struct Behind {
    pub(crate) tenant: TenantId,
    pub(crate) entries: i64,
}

/// Every tenant whose log has grown since it was digested.
pub(crate) async fn behind(tx: &mut PlatformTx) -> Result<Vec<Behind>, DbError> {
    let rows = sqlx::query!(
        r#"select logs.tenant_id as "tenant!", logs.size - coalesce(known.next, 0) as "entries!"
           from journal.sizes() logs
           left join audit.cursors known on known.tenant_id = logs.tenant_id
           where logs.size > coalesce(known.next, 0)"#,
    )
    .fetch_all(tx.conn())
    .await?;
    let behind = rows.into_iter().map(|row| {
        let (tenant, entries) = (TenantId::from_uuid(row.tenant), row.entries);
        Behind { tenant, entries }
    });
    Ok(behind.collect())
}
