//! Handlers: extract, call `app`, shape the answer.

mod archive;
mod change;
mod change_request;
mod create;
mod keypairs;
mod list;
mod members;
mod public;
mod read;
mod request;
mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Context, domain::GateRef, error::GateError};

/// Every route of gates, without a mount's prefix.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(read::read, change::patch, change::put, archive::archive))
        .routes(routes!(archive::restore))
        .routes(routes!(keypairs::list, keypairs::create))
        .routes(routes!(keypairs::rotate))
        .routes(routes!(keypairs::retire))
        .routes(routes!(keypairs::public_key))
        .routes(routes!(public::jwks))
        .routes(routes!(public::signing_keys))
}

/// Reads the path's segment: an id, or a name.
fn gate_ref(segment: &str) -> Result<GateRef, GateError> {
    GateRef::parse(segment).ok_or(GateError::NotFound)
}
