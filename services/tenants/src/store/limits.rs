use chrono::{DateTime, Utc};
use gw_db::{DbError, TenantTx, query::Bound};
use gw_kernel::TenantId;

use crate::{
    domain::{Counted, Limits, TenantLimits},
    error::TenantsError,
};

struct Row {
    checks_per_second: i32,
    gates: i32,
    api_keys: i32,
    operators: i32,
    retention_days: i32,
    updated_at: DateTime<Utc>,
}

/// The bound tenant's limits: those of a new one, where none were set.
pub(crate) async fn find(
    tx: &mut impl Bound,
    tenant: TenantId,
) -> Result<TenantLimits, TenantsError> {
    let row = sqlx::query_as!(
        Row,
        r#"select checks_per_second as "checks_per_second!", gates as "gates!",
                  api_keys as "api_keys!", operators as "operators!",
                  retention_days as "retention_days!", updated_at as "updated_at!"
           from tenants.published_limits where tenant_id = $1"#,
        tenant.uuid(),
    )
    .fetch_one(tx.bound_conn())
    .await?;
    let number = |stored: i32| {
        u32::try_from(stored).map_err(|_| TenantsError::Unreadable("a tenant's limit"))
    };
    let limits = Limits {
        checks_per_second: number(row.checks_per_second)?,
        gates: number(row.gates)?,
        api_keys: number(row.api_keys)?,
        operators: number(row.operators)?,
        retention_days: number(row.retention_days)?,
    };
    Ok(TenantLimits { tenant, limits, updated_at: row.updated_at })
}

/// Sets the bound tenant's limits. They have been checked.
pub(crate) async fn set(
    tx: &mut impl Bound,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into tenants.limits
             (checks_per_second, gates, api_keys, operators, retention_days, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id) do update
         set checks_per_second = $1, gates = $2, api_keys = $3, operators = $4,
             retention_days = $5, updated_at = $6",
        limits.checks_per_second.cast_signed(),
        limits.gates.cast_signed(),
        limits.api_keys.cast_signed(),
        limits.operators.cast_signed(),
        limits.retention_days.cast_signed(),
        now,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// How many there are that count.
pub(crate) async fn count(tx: &mut TenantTx, counted: Counted) -> Result<i64, DbError> {
    let now = tx.now();
    let count = match counted {
        Counted::ApiKeys => {
            let count = sqlx::query_scalar!(
                r#"select count(*) as "count!" from tenants.api_keys
                   where revoked_at is null and (expires_at is null or expires_at > $1)"#,
                now,
            );
            count.fetch_one(tx.conn()).await?
        }
        Counted::Operators => {
            let count = sqlx::query_scalar!(
                r#"select count(*) as "count!" from tenants.operators where state = 'active'"#
            );
            count.fetch_one(tx.conn()).await?
        }
    };
    Ok(count)
}
