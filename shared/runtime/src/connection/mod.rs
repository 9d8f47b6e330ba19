//! One connection, from its first byte to its last.
//!
//! HTTP itself is hyper's. What is ours is that nobody is waited for without end: bytes and bodies
//! tell a [`Pace`](pace::Pace) what happens, and a look at it every few seconds ends a connection
//! whose client sends a head or reads an answer too slowly, or asks for nothing. A request's body
//! keeps its own time ([`asked`]), because whoever waits for it is told so: 408.

mod answered;
mod asked;
mod io;
mod pace;

use std::{
    convert::Infallible,
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{Router, body::Body, extract::Request, routing::future::RouteFuture};
use gw_web::ClientAddress;
use http::Response;
use hyper::{body::Incoming, service::Service};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::Watcher},
};
use ipnet::IpNet;
use metrics::counter;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{MissedTickBehavior, interval},
};
use tower::Service as _;

use answered::{Answered, InFlight};
use asked::Asked;
use io::Watched;
use pace::{Pace, Patience, Verdict};

use crate::{ForwardedHeader, HttpConfig, forwarded};

/// Streams that a client may open and reset before they were looked at: more end its connection.
const PENDING_RESETS: usize = 20;
/// Streams that we may have had to reset because of what a client sent: more end its connection.
const LOCAL_RESETS: usize = 128;
/// So many headers are read without memory of their own.
const CHEAP_HEADERS: usize = 100;

/// How connections of one listener are served.
#[derive(Clone)]
pub(crate) struct Connections {
    builder: Builder<TokioExecutor>,
    patience: Patience,
    router: Router,
    proxies: Proxies,
}

/// Whom to believe about clients' addresses.
#[derive(Clone)]
struct Proxies {
    trusted: Arc<[IpNet]>,
    header: ForwardedHeader,
}

impl Connections {
    pub(crate) fn new(router: Router, http: &HttpConfig) -> Self {
        let patience = Patience::new(http);
        let mut builder = Builder::new(TokioExecutor::new());
        let head = usize::try_from(http.max_head_bytes).unwrap_or(usize::MAX);
        let mut http1 = builder.http1();
        // The time for a head is ours: hyper's begins when the answer before it ends.
        http1.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(head);
        if http.max_headers != CHEAP_HEADERS {
            http1.max_headers(http.max_headers);
        }
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(http.max_streams)
            .max_header_list_size(http.max_head_bytes)
            .max_pending_accept_reset_streams(PENDING_RESETS)
            .max_local_error_reset_streams(LOCAL_RESETS)
            .keep_alive_interval(patience.idle)
            .keep_alive_timeout(patience.stall);
        let proxies =
            Proxies { trusted: http.trusted_proxies.clone().into(), header: http.forwarded_header };
        Self { builder, patience, router, proxies }
    }

    /// Serves one connection until it ends, or is ended.
    pub(crate) async fn serve<I>(&self, stream: I, peer: IpAddr, watcher: Watcher)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pace = Arc::new(Pace::new());
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&pace)));
        let answering = Answering {
            router: self.router.clone(),
            pace: pace.clone(),
            patience: self.patience,
            peer,
            proxies: self.proxies.clone(),
        };
        let serving = self.builder.serve_connection_with_upgrades(io, answering);
        let mut serving = std::pin::pin!(watcher.watch(serving.into_owned()));
        let mut look = interval(self.patience.between_looks());
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                ended = &mut serving => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection broke off");
                    }
                    return;
                }
                _ = look.tick() => match pace.judge(&self.patience) {
                    Verdict::Well => {}
                    Verdict::Rested => return,
                    Verdict::TooSlow(part) => return cut(part),
                }
            }
        }
    }
}

/// Counts a connection that was ended because somebody was too slow.
pub(crate) fn cut(part: &'static str) {
    counter!("gatewright_http_connections_cut_total", "part" => part).increment(1);
    tracing::debug!(part, "a connection was too slow, and was ended");
}

/// Hands a connection's requests to the router.
struct Answering {
    router: Router,
    pace: Arc<Pace>,
    patience: Patience,
    peer: IpAddr,
    proxies: Proxies,
}

impl Service<Request<Incoming>> for Answering {
    type Response = Response<Answered>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let in_flight = InFlight::new(&self.pace);
        let mut request = request.map(|body| Body::new(Asked::new(body, &self.patience)));
        let Proxies { trusted, header } = &self.proxies;
        let client = forwarded::client(self.peer, request.headers(), trusted, *header);
        request.extensions_mut().insert(ClientAddress(client));
        Answer { inner: self.router.clone().call(request), in_flight: Some(in_flight) }
    }
}

/// An answer that the router works on.
struct Answer {
    inner: RouteFuture<Infallible>,
    in_flight: Option<InFlight>,
}

impl Future for Answer {
    type Output = Result<Response<Answered>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.inner).poll(cx))?;
        let in_flight = self.in_flight.take();
        Poll::Ready(Ok(response.map(|body| Answered::new(body, in_flight))))
    }
}
