//! Built queries: lists with filters. Everything fixed is a checked macro instead.

use gw_kernel::Count;
use sea_query::{Asterisk, Expr, Func, PostgresQueryBuilder, Query, SelectStatement};
use sea_query_sqlx::{SqlxBinder as _, SqlxValues};
use sqlx::{AssertSqlSafe, FromRow, PgConnection, postgres::PgRow};

use crate::{DbError, PlatformTx, SnapshotTx, TenantTx};

/// A transaction that a tenant is bound to.
pub trait Bound: Send {
    /// Its connection.
    fn bound_conn(&mut self) -> &mut PgConnection;
}

impl Bound for TenantTx {
    fn bound_conn(&mut self) -> &mut PgConnection {
        self.conn()
    }
}

impl Bound for PlatformTx {
    fn bound_conn(&mut self) -> &mut PgConnection {
        self.conn()
    }
}

impl Bound for SnapshotTx<'_> {
    fn bound_conn(&mut self) -> &mut PgConnection {
        self.conn()
    }
}

/// All rows of a built query.
///
/// # Errors
/// When the database fails, or a row is not an `R`.
pub async fn fetch_all<R>(tx: &mut impl Bound, select: &SelectStatement) -> Result<Vec<R>, DbError>
where
    R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let (sql, values) = build(select);
    Ok(sqlx::query_as_with(sql, values).fetch_all(tx.bound_conn()).await?)
}

/// The first row of a built query, if there is one.
///
/// # Errors
/// When the database fails, or the row is not an `R`.
pub async fn fetch_optional<R>(
    tx: &mut impl Bound,
    select: &SelectStatement,
) -> Result<Option<R>, DbError>
where
    R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let (sql, values) = build(select);
    Ok(sqlx::query_as_with(sql, values).fetch_optional(tx.bound_conn()).await?)
}

/// How many rows a built query has, which has no limit of its own. The database looks at no more of
/// them than it takes to know that there are too many to count.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut impl Bound, select: &SelectStatement) -> Result<Count, DbError> {
    let bounded = select.clone().limit(Count::LOOKED_AT.unsigned_abs()).to_owned();
    let mut counting = Query::select();
    counting.expr(Func::count(Expr::col(Asterisk))).from_subquery(bounded, "counted");
    let (sql, values) = build(&counting);
    let (found,): (i64,) = sqlx::query_as_with(sql, values).fetch_one(tx.bound_conn()).await?;
    Ok(Count::of(found))
}

/// The one place that vouches for text made at run time: sea-query wrote it, and every value in it
/// is a parameter.
fn build(select: &SelectStatement) -> (AssertSqlSafe<String>, SqlxValues) {
    let (sql, values) = select.build_sqlx(PostgresQueryBuilder);
    (AssertSqlSafe(sql), values)
}
