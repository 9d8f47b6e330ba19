//! Handlers: extract, call `app`, shape the answer.

mod mint;
mod mint_request;
mod revocations;
mod revoke;
mod root_keys;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Context;

/// Every route of capabilities.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(mint::mint))
        .routes(routes!(revoke::revoke))
        .routes(routes!(revocations::list))
        .routes(routes!(root_keys::list))
        .routes(routes!(root_keys::rotate))
        .routes(routes!(root_keys::retire))
}
