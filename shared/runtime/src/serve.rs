use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use futures::future::{Either, select};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{HttpConfig, RuntimeError, connection::Connections};

/// How long requests in flight may take once the process is asked to end.
const DRAIN: Duration = Duration::from_secs(20);

/// How long to rest when a connection cannot be accepted, as when file descriptors run out.
const ACCEPT_REST: Duration = Duration::from_millis(100);

pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), RuntimeError> {
    let failed = |error| RuntimeError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Answers requests until `stop`, then stops accepting and finishes what is in flight.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    http: &HttpConfig,
    stop: impl Future<Output = ()>,
) {
    let connections = Connections::new(router, http);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(http.max_connections as usize));
    let mut stop = pin!(stop);
    loop {
        let accepting = pin!(accept(&listener, &places));
        match select(stop.as_mut(), accepting).await {
            Either::Left(_) => break,
            Either::Right((Ok((stream, place)), _)) => {
                tokio::spawn(connection(connections.clone(), graceful.watcher(), stream, place));
            }
            Either::Right((Err(error), _)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight after {DRAIN:?}");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// Holds a place for as long as the connection lives.
async fn connection(
    connections: Connections,
    watcher: Watcher,
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    connections.serve(stream, watcher).await;
}
