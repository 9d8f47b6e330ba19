//! Handlers: extract, call `app`, shape the answer.

mod check;
mod view;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Context, domain::MAX_BODY_BYTES};

/// The gate routes of this service, without a mount's prefix.
pub(crate) fn gate_routes() -> OpenApiRouter<Context> {
    let checks = OpenApiRouter::new()
        .routes(routes!(check::check))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    OpenApiRouter::new().merge(checks)
}

/// The other routes.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
}
