//! Handlers: extract, call `app`, shape the answer.

mod attestations;
mod call_view;
mod check;
mod decisions;
mod explain;
mod explain_view;
mod log;
mod mcp;
mod rows;
mod simulate;
mod tool_call;
mod unit;
mod unit_view;
mod view;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Context, domain::MAX_CHECK_BYTES};

/// The longest body of several checks, in bytes.
const MAX_UNIT_BYTES: usize = 4 * 1024 * 1024;
/// The longest body of a call that an agent makes for itself, in bytes.
const MAX_CALL_BYTES: usize = 1024 * 1024;

/// The gate routes of this service, without a mount's prefix.
pub(crate) fn gate_routes() -> OpenApiRouter<Context> {
    let checks = OpenApiRouter::new()
        .routes(routes!(check::check))
        .layer(DefaultBodyLimit::max(MAX_CHECK_BYTES));
    let units = OpenApiRouter::new()
        .routes(routes!(unit::check_unit))
        .layer(DefaultBodyLimit::max(MAX_UNIT_BYTES));
    OpenApiRouter::new()
        .merge(checks)
        .merge(units)
        .routes(routes!(attestations::list))
        .routes(routes!(explain::explain))
}

/// The other routes.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    let calls = OpenApiRouter::new()
        .routes(routes!(mcp::mcp))
        .routes(routes!(tool_call::tool_call))
        .layer(DefaultBodyLimit::max(MAX_CALL_BYTES));
    OpenApiRouter::new()
        .merge(calls)
        .routes(routes!(decisions::read))
        .routes(routes!(simulate::simulate))
        .routes(routes!(log::verifier_key))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::jwks))
}
