//! Counts by day.

use chrono::NaiveDate;
use gw_db::{DbError, PlatformTx, TenantTx, query};
use gw_kernel::GateId;
use sea_query::{Expr, ExprTrait, Func, Iden, Order, Query, SelectStatement};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{Administrative, Decisions, Dimension, Tally, UsageQuestion};

#[derive(Iden, Clone, Copy)]
enum Counts {
    Day,
    GateId,
    Decision,
    Caller,
    Count,
}

#[derive(FromRow)]
struct Row {
    #[sqlx(default)]
    day: Option<NaiveDate>,
    #[sqlx(default)]
    gate_id: Option<Uuid>,
    #[sqlx(default)]
    decision: Option<String>,
    #[sqlx(default)]
    caller: Option<String>,
    count: i64,
}

/// Adds a stretch's entries to those that were counted before.
pub(crate) async fn add(tx: &mut PlatformTx, tally: &Tally) -> Result<(), DbError> {
    decisions_added(tx, tally).await?;
    administrative_added(tx, tally).await
}

async fn decisions_added(tx: &mut PlatformTx, tally: &Tally) -> Result<(), DbError> {
    let keys = tally.decisions.keys();
    let day: Vec<NaiveDate> = keys.clone().map(|key| key.0).collect();
    let gate: Vec<Uuid> = keys.clone().map(|key| key.1).collect();
    let decision: Vec<&str> = keys.clone().map(|key| &*key.2).collect();
    let caller: Vec<&str> = keys.map(|key| &*key.3).collect();
    let count: Vec<i64> = tally.decisions.values().copied().collect();
    sqlx::query!(
        "insert into audit.decisions_by_day as known (day, gate_id, decision, caller, count)
             select * from unnest($1::date[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
         on conflict (tenant_id, day, gate_id, decision, caller)
             do update set count = known.count + excluded.count",
        &day,
        &gate,
        &decision as &[&str],
        &caller as &[&str],
        &count,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn administrative_added(tx: &mut PlatformTx, tally: &Tally) -> Result<(), DbError> {
    let keys = tally.administrative.keys();
    let day: Vec<NaiveDate> = keys.clone().map(|key| key.0).collect();
    let kind: Vec<&str> = keys.map(|key| &*key.1).collect();
    let count: Vec<i64> = tally.administrative.values().copied().collect();
    sqlx::query!(
        "insert into audit.changes_by_day as known (day, kind, count)
             select * from unnest($1::date[], $2::text[], $3::bigint[])
         on conflict (tenant_id, day, kind) do update set count = known.count + excluded.count",
        &day,
        &kind as &[&str],
        &count,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The decisions of some days, told apart as is asked; so many rows at most.
pub(crate) async fn decisions(
    tx: &mut TenantTx,
    asked: &UsageQuestion,
    most: u64,
) -> Result<Vec<Decisions>, DbError> {
    let rows: Vec<Row> = query::fetch_all(tx, &select(asked, most)).await?;
    Ok(rows.into_iter().map(Decisions::from).collect())
}

fn select(asked: &UsageQuestion, most: u64) -> SelectStatement {
    let day = || Expr::col(Counts::Day);
    let total = Expr::expr(Func::sum(Expr::col(Counts::Count))).cast_as("bigint");
    let mut select = Query::select();
    select
        .expr_as(total, "count")
        .from(("audit", "decisions_by_day"))
        .and_where(day().gte(asked.from))
        .and_where(day().lte(asked.to))
        .and_having(Expr::col(Counts::Count).count().gt(0))
        .limit(most);
    for dimension in &asked.by {
        let column = dimension.column();
        select.column(column).add_group_by([Expr::col(column)]).order_by(column, Order::Asc);
    }
    select
}

impl Dimension {
    const fn column(self) -> Counts {
        match self {
            Self::Day => Counts::Day,
            Self::Gate => Counts::GateId,
            Self::Decision => Counts::Decision,
            Self::Caller => Counts::Caller,
        }
    }
}

impl From<Row> for Decisions {
    fn from(row: Row) -> Self {
        Self {
            day: row.day,
            gate_id: row.gate_id.map(GateId::from_uuid),
            decision: row.decision,
            caller: row.caller,
            count: row.count,
        }
    }
}

/// The administrative entries of some days.
pub(crate) async fn administrative(
    tx: &mut TenantTx,
    asked: &UsageQuestion,
) -> Result<Vec<Administrative>, DbError> {
    let rows = sqlx::query_as!(
        Administrative,
        "select day, kind, count from audit.changes_by_day
         where day between $1 and $2
         order by day, kind",
        asked.from,
        asked.to,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
