use axum::{Json, extract::State};
use gw_web::{Answer, Caller, Problems, Query, permissions::ReadLog};
use serde::Deserialize;
use utoipa::IntoParams;

use super::usage_view::UsageView;
use crate::{Context, app, domain::UsageQuestion, query_error::QueryError};

/// What is to be counted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UsageQuery {
    /// The first day, as `2026-01-31`, UTC; 29 days before the last one when absent.
    from: Option<String>,
    /// The last day; today when absent. At most 365 days after the first.
    to: Option<String>,
    /// What decisions are told apart by: any of `day`, `gate`, `decision` and `caller`, with commas
    /// between; by day and decision when absent.
    by: Option<String>,
}

/// Read a tenant's usage
///
/// Counted from the log itself: every decision's record counts once, and so does every
/// administrative entry. What leaves no record (a dry run, a repeated request, a refusal) counts
/// nothing.
#[utoipa::path(get, path = "/v1/admin/usage", tag = "usage",
    operation_id = "usage.read", params(UsageQuery),
    responses((status = OK, body = UsageView), Problems))]
pub(super) async fn read(
    State(ctx): State<Context>,
    caller: Caller<ReadLog>,
    Query(query): Query<UsageQuery>,
) -> Answer<Json<UsageView>> {
    let UsageQuery { from, to, by } = query;
    let today = ctx.db.clock().now().date_naive();
    let asked = UsageQuestion::read(from.as_deref(), to.as_deref(), by.as_deref(), today);
    let asked = asked.map_err(QueryError::from)?;
    let usage = app::usage(&ctx.db, &caller, &asked).await?;
    Ok(Json(UsageView::new(&asked, usage)))
}
