//! Handlers: extract, call `app`, shape the answer.

mod mint;
mod mint_request;
mod revocations;
mod revoke;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Context;

/// Every route of capabilities.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(mint::mint))
        .routes(routes!(revoke::revoke))
        .routes(routes!(revocations::list))
}
