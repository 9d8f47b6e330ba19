//! Handlers: extract, call `app`, shape the answer.

mod filter;
mod history;
mod usage;
mod usage_view;
mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Context;

/// Every route of this service.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(history::history))
        .routes(routes!(history::of_gate))
        .routes(routes!(history::of_api_key))
        .routes(routes!(history::of_operator))
        .routes(routes!(history::of_tenant))
        .routes(routes!(usage::read))
}
