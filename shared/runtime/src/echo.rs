//! A server that answers every `POST` with what it was sent: what HTTP costs by itself. The
//! baseline that a benchmark of the product is held against, through the very same stack.

use std::{future::Future, net::SocketAddr};

use axum::{Router, body::Bytes, routing::post};

use crate::{
    HttpConfig, RuntimeError,
    serve::{Door, bind},
};

/// Answers until `stop`. `ready` is told the address.
///
/// # Errors
/// When the address cannot be had.
pub async fn echo(
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), RuntimeError> {
    let (listener, address) = bind(listen).await?;
    let router = Router::new().route("/{*path}", post(async |body: Bytes| body));
    ready(address);
    Door::new(router, &HttpConfig::default(), None).serve(listener, stop).await;
    Ok(())
}
