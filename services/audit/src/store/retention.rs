//! How far each log has been looked through for bodies that are past their tenant's retention.

use std::time::Duration;

use chrono::NaiveDate;
use gw_db::{DbError, PlatformTx};
use gw_kernel::TenantId;

/// Where a tenant's log is to be looked through from.
pub(crate) struct Place {
    next: i64,
    day: NaiveDate,
}

/// What came of looking through a stretch of it.
pub(crate) struct Forgotten {
    place: Place,
    /// How many entries were looked at.
    pub(crate) seen: i64,
    /// How many of them had a body, and lost it.
    pub(crate) bodies: i64,
}

/// The tenants whose logs nobody has looked through for so long. The platform's own has no plan, and
/// is kept whole.
pub(crate) async fn due(tx: &mut PlatformTx, every: Duration) -> Result<Vec<TenantId>, DbError> {
    let tenants = sqlx::query_scalar!(
        r#"select known.tenant_id
           from audit.cursors known
           left join audit.retention done on done.tenant_id = known.tenant_id
           where known.tenant_id <> $2
               and (done.looked_at is null
                    or done.looked_at <= now() - make_interval(secs => $1))"#,
        every.as_secs_f64(),
        TenantId::PLATFORM.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
}

/// Takes the bound tenant's place, which is one's at a time; `None` where somebody else has it.
pub(crate) async fn take(tx: &mut PlatformTx) -> Result<Option<Place>, DbError> {
    sqlx::query!("insert into audit.retention default values on conflict do nothing")
        .execute(tx.conn())
        .await?;
    let place = sqlx::query_as!(
        Place,
        "select next, day from audit.retention where tenant_id = $1 for update skip locked",
        tx.bound().uuid(),
    );
    Ok(place.fetch_optional(tx.conn()).await?)
}

/// The bound tenant's retention in days; `None` where there is no such tenant.
pub(crate) async fn days(tx: &mut PlatformTx) -> Result<Option<i32>, DbError> {
    let days = sqlx::query_scalar!(
        r#"select retention_days as "days!" from tenants.published_limits where tenant_id = $1"#,
        tx.bound().uuid(),
    );
    Ok(days.fetch_optional(tx.conn()).await?)
}

/// Takes the bodies of the next entries, so many at most, that are past this retention and that
/// whoever follows the log has digested.
pub(crate) async fn forget(
    tx: &mut PlatformTx,
    from: &Place,
    days: i32,
    limit: i32,
) -> Result<Forgotten, DbError> {
    let row = sqlx::query!(
        r#"select f.next as "next!", f.next_day as "day!", f.seen as "seen!",
               f.forgotten as "bodies!"
           from journal.forget(
               $1, $2,
               coalesce((select known.next from audit.cursors known where known.tenant_id = $3), 0),
               $4, $5) f"#,
        from.next,
        from.day,
        tx.bound().uuid(),
        days,
        limit,
    )
    .fetch_one(tx.conn())
    .await?;
    let place = Place { next: row.next, day: row.day };
    Ok(Forgotten { place, seen: row.seen, bodies: row.bodies })
}

/// Moves the bound tenant's place.
pub(crate) async fn set(tx: &mut PlatformTx, forgotten: &Forgotten) -> Result<(), DbError> {
    sqlx::query!(
        "update audit.retention set next = $2, day = $3 where tenant_id = $1",
        tx.bound().uuid(),
        forgotten.place.next,
        forgotten.place.day,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that there is nothing left to do in the bound tenant's log, for now.
pub(crate) async fn rest(tx: &mut PlatformTx) -> Result<(), DbError> {
    sqlx::query!(
        "update audit.retention set looked_at = now() where tenant_id = $1",
        tx.bound().uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
