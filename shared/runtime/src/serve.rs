use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use futures::future::{Either, select};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    HttpConfig, RuntimeError,
    connection::{Connections, cut},
    tls::Tls,
};

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

/// What the connections of one listener have in common.
#[derive(Clone)]
pub(crate) struct Door {
    connections: Connections,
    places: Arc<Semaphore>,
    handshake: Duration,
    tls: Option<Tls>,
}

impl Door {
    pub(crate) fn new(router: Router, http: &HttpConfig, tls: Option<Tls>) -> Self {
        Self {
            connections: Connections::new(router, http),
            places: Arc::new(Semaphore::new(http.max_connections as usize)),
            handshake: Duration::from_secs(http.head_seconds),
            tls,
        }
    }

    /// Answers requests until `stop`, then stops accepting and finishes what is in flight.
    pub(crate) async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let mut stop = pin!(stop);
        loop {
            let accepting = pin!(self.accept(&listener));
            match select(stop.as_mut(), accepting).await {
                Either::Left(_) => break,
                Either::Right((Ok(accepted), _)) => {
                    tokio::spawn(self.clone().connection(accepted, graceful.watcher()));
                }
                Either::Right((Err(error), _)) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
        drop(listener);
        if timeout(DRAIN, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still in flight after {DRAIN:?}");
        }
    }

    async fn accept(&self, listener: &TcpListener) -> io::Result<Accepted> {
        let place = self.places.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = listener.accept().await?;
        Ok(Accepted { stream, peer, _place: place })
    }

    /// A handshake takes its time here, where nobody else waits for it.
    async fn connection(self, accepted: Accepted, watcher: Watcher) {
        let Accepted { stream, peer, _place } = accepted;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let Some(tls) = &self.tls else {
            return self.connections.serve(stream, peer.ip(), watcher).await;
        };
        match timeout(self.handshake, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.connections.serve(stream, peer.ip(), watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => cut("handshake"),
        }
    }
}

/// A connection, and the place that it holds for as long as it lives.
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
}
