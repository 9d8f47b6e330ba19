//! What a process says about itself while it runs: log lines, on standard error, and [`traces`].
//!
//! `log.filter` says how much. SIGUSR2 has a running process say more, `log.finer_filter`, for
//! `log.finer_seconds`; SIGUSR1 ends that at once. Nobody needs a key for it: whoever may signal the
//! process may do anything with it.

mod finer;
pub(crate) mod traces;

use std::{io::IsTerminal, time::Duration};

use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt, layer::SubscriberExt as _,
    registry::LookupSpan, util::SubscriberInitExt as _,
};

use crate::{Config, LogConfig, LogFormat, RuntimeError, Worker};
use finer::Switch;
use traces::Sending;

/// What a process says, begun; [`Self::end`] says the rest.
#[must_use]
pub struct Telemetry(Option<Sending>);

impl Telemetry {
    /// Sends the traces that wait, if a collector takes them within moments.
    pub async fn end(self) {
        if let Some(sending) = self.0 {
            sending.end().await;
        }
    }
}

/// Starts the log of this process and, where a collector is configured, its traces; within a
/// runtime of tokio. A second call changes nothing.
///
/// # Errors
/// When a filter or the collector's address cannot be read.
pub fn init(config: &Config) -> Result<Telemetry, RuntimeError> {
    let log = &config.log;
    let switch =
        Switch::new(filter("filter", &log.filter)?, filter("finer_filter", &log.finer_filter)?);
    let (tracer, sending) = traces::start(&config.telemetry.otlp)?.unzip();
    let lines =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    match log.format {
        LogFormat::Text => start(lines.with_filter(switch), tracer),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            start(lines.with_filter(switch), tracer);
        }
    }
    Ok(Telemetry(sending))
}

/// A second start, as in tests, finds the first one's subscriber in place and leaves it.
fn start<L>(lines: L, tracer: Option<SdkTracer>)
where
    L: Layer<Registry> + Send + Sync,
{
    let lines = tracing_subscriber::registry().with(lines);
    let _ = match tracer {
        Some(tracer) => lines.with(spans(tracer)).try_init(),
        None => lines.try_init(),
    };
}

/// Our own spans, without what is said within them.
fn spans<S>(tracer: SdkTracer) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let ours = |metadata: &Metadata<'_>| {
        metadata.is_span()
            && *metadata.level() <= Level::INFO
            && metadata.target().starts_with("gw_")
    };
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_filter(filter_fn(ours))
}

fn filter(key: &str, text: &str) -> Result<EnvFilter, RuntimeError> {
    let filter = EnvFilter::try_new(text);
    filter.map_err(|error| RuntimeError::Config(format!("log.{key}: {error}")))
}

/// Listens to SIGUSR2 and SIGUSR1.
pub(crate) fn worker(config: &LogConfig) -> Worker {
    let lasts = Duration::from_secs(config.finer_seconds);
    Worker::new("log level", move |shutdown| finer::listen(lasts, shutdown))
}
