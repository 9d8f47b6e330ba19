use std::time::Duration;

use gw_web::Limits;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ForwardedHeader, RuntimeError};

/// What connections and requests may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// How long a connection may rest between requests, in seconds. Pooled clients keep
    /// connections for a minute, so it is a little more.
    pub idle_seconds: u64,
    /// How long a request's head may take from its first byte to its last, in seconds.
    pub head_seconds: u64,
    /// How long a request's body, or whoever reads an answer, may make no progress, in seconds.
    pub stall_seconds: u64,
    /// How long a request's body may take in all, in seconds. An answer may take longer, where at
    /// least 1 KiB a second of it is read.
    pub body_seconds: u64,
    /// How long a request may be worked on, in seconds; then it is answered 503
    /// `server.deadline`. Checks have deadlines of their own.
    pub request_seconds: u64,
    /// The most bytes of a request's head, 8192 at least; beyond it 431.
    pub max_head_bytes: u32,
    /// The most headers of a request; beyond it 431.
    pub max_headers: usize,
    /// The most bytes of a request's path and query; beyond it 414.
    pub max_uri_bytes: usize,
    /// The most connections at a time; more wait to be accepted.
    pub max_connections: u32,
    /// The most requests at a time on one HTTP/2 connection.
    pub max_streams: u32,
    /// The most requests that are worked on at a time; more are answered 503 `server.overloaded`
    /// at once, but for probes and `/metrics`.
    pub max_in_flight: usize,
    /// Networks of proxies that are believed when they say whom they speak for, as
    /// `["10.0.0.0/8"]`. Others are themselves the client.
    #[schemars(with = "Vec<String>")]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they say it.
    pub forwarded_header: ForwardedHeader,
}

/// A head is read into a buffer that is never smaller.
const SMALLEST_HEAD: u32 = 8192;
/// The database ends a statement after 5 s: what waits for one gets to say so.
const SHORTEST_REQUEST: u64 = 6;

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            idle_seconds: 75,
            head_seconds: 10,
            stall_seconds: 10,
            body_seconds: 60,
            request_seconds: 30,
            max_head_bytes: 64 * 1024,
            max_headers: 100,
            max_uri_bytes: 8192,
            max_connections: 10_000,
            max_streams: 128,
            max_in_flight: 4096,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
        }
    }
}

impl HttpConfig {
    /// What each request may take.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits {
            uri_bytes: self.max_uri_bytes,
            headers: self.max_headers,
            in_flight: self.max_in_flight,
            patience: Duration::from_secs(self.request_seconds),
        }
    }

    /// Refuses what would serve nobody.
    pub(crate) fn check(&self) -> Result<(), RuntimeError> {
        let refuse = |text: &str| Err(RuntimeError::Config(format!("http.{text}")));
        if self.max_head_bytes < SMALLEST_HEAD {
            return refuse("max_head_bytes must be at least 8192");
        }
        if self.request_seconds < SHORTEST_REQUEST {
            return refuse("request_seconds must be at least 6: a statement may take 5");
        }
        for (key, value) in [
            ("idle_seconds", self.idle_seconds),
            ("head_seconds", self.head_seconds),
            ("stall_seconds", self.stall_seconds),
            ("body_seconds", self.body_seconds),
            ("max_connections", self.max_connections.into()),
            ("max_streams", self.max_streams.into()),
            ("max_headers", u64::try_from(self.max_headers).unwrap_or(u64::MAX)),
            ("max_uri_bytes", u64::try_from(self.max_uri_bytes).unwrap_or(u64::MAX)),
            ("max_in_flight", u64::try_from(self.max_in_flight).unwrap_or(u64::MAX)),
        ] {
            if value == 0 {
                return refuse(&format!("{key} must be at least 1"));
            }
        }
        Ok(())
    }
}
