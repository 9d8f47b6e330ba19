//! Traces, to a collector that speaks OTLP over HTTP (protobuf). Off by default, and then nothing
//! of it stands in any request's way.
//!
//! Spans wait in a queue of fixed length; what does not fit, or is not taken, is dropped and
//! counted. Of what spans say only the names in [`SAID`] leave the process: no message, no argument
//! and no query string is among them, whoever adds a field to a span somewhere.

mod export;
mod follow;
mod queue;

use std::time::Duration;

use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::RuntimeError;
use export::Collector;
pub(crate) use follow::Headers;
use queue::Queue;

/// How long the last spans may take to be sent when the process ends.
const LAST: Duration = Duration::from_secs(3);

/// The fields of spans that are sent.
const SAID: [&str; 11] = [
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "client.address",
    "request_id",
    "tenant",
    "gate.id",
    "key.id",
    "keypair.id",
    "busy_ns",
    "idle_ns",
];

/// What is told to others while the process runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Traces, by OTLP.
    pub otlp: OtlpConfig,
}

/// Where traces go, and how many.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OtlpConfig {
    /// A collector that takes OTLP over HTTP, as `http://localhost:4318`; traces are posted to
    /// `/v1/traces` there. None are made when absent.
    pub endpoint: Option<String>,
    /// What is sent in the header `Authorization`.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub authorization: Option<SecretString>,
    /// Which part of the traces that begin here is sent, from 0 to 1. Those that a caller began are
    /// sent where the caller's `traceparent` says so.
    pub sample_ratio: f64,
    /// Spans that may wait to be sent; more are dropped, and counted.
    pub queue: usize,
}

impl Default for OtlpConfig {
    fn default() -> Self {
        Self { endpoint: None, authorization: None, sample_ratio: 0.01, queue: 2048 }
    }
}

impl OtlpConfig {
    /// Refuses what can send nothing.
    pub(crate) fn check(&self) -> Result<(), RuntimeError> {
        let refuse = |text: &str| Err(RuntimeError::Config(format!("telemetry.otlp.{text}")));
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            return refuse("sample_ratio must be from 0 to 1");
        }
        if self.queue == 0 {
            return refuse("queue must be at least 1");
        }
        match self.endpoint.as_deref().map(reqwest::Url::parse) {
            Some(Ok(url)) if ["http", "https"].contains(&url.scheme()) => Ok(()),
            Some(_) => refuse("endpoint must be an http or https URL"),
            None => Ok(()),
        }
    }
}

/// Spans on their way to the collector.
pub(super) struct Sending {
    stop: CancellationToken,
    sent: JoinHandle<()>,
}

impl Sending {
    /// Sends what waits, if that is possible within moments.
    pub(super) async fn end(self) {
        self.stop.cancel();
        if tokio::time::timeout(LAST, self.sent).await.is_err() {
            tracing::warn!("the last traces were not sent within {LAST:?}");
        }
    }
}

/// Begins to send; nothing where no collector is configured.
pub(super) fn start(config: &OtlpConfig) -> Result<Option<(SdkTracer, Sending)>, RuntimeError> {
    config.check()?;
    let Some(endpoint) = &config.endpoint else { return Ok(None) };
    let resource = Resource::builder_empty()
        .with_service_name("gatewright")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let collector = Collector::new(endpoint, config.authorization.as_ref(), &resource)?;
    let (queue, waiting) = mpsc::channel(config.queue);
    let ratio = Sampler::TraceIdRatioBased(config.sample_ratio);
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(ratio)))
        .with_span_processor(Queue::new(queue))
        .build();
    let stop = CancellationToken::new();
    let sent = tokio::spawn(collector.run(waiting, stop.clone()));
    Ok(Some((provider.tracer("gatewright"), Sending { stop, sent })))
}
