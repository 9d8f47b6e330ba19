use std::time::Duration;

use metrics::counter;
use opentelemetry::{Context, trace::SpanKind};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanEvents, SpanLinks, SpanProcessor},
};
use tokio::sync::mpsc::Sender;

use super::SAID;

/// Takes spans as they end, and waits for nobody.
#[derive(Debug)]
pub(super) struct Queue(Sender<SpanData>);

impl Queue {
    pub(super) const fn new(queue: Sender<SpanData>) -> Self {
        Self(queue)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.0.try_send(said(span)).is_err() {
            dropped(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What may be said of a span, under a name that tells requests apart.
fn said(mut span: SpanData) -> SpanData {
    span.attributes.retain(|attribute| SAID.contains(&attribute.key.as_str()));
    (span.events, span.links) = (SpanEvents::default(), SpanLinks::default());
    let of = |name: &str| {
        let mut named = span.attributes.iter().filter(|it| it.key.as_str() == name);
        named.next().map(|attribute| attribute.value.as_str().into_owned())
    };
    if let (Some(method), Some(route)) = (of("http.request.method"), of("http.route")) {
        span.name = format!("{method} {route}").into();
        span.span_kind = SpanKind::Server;
    }
    span
}

/// Counts spans that no collector will see.
pub(super) fn dropped(spans: usize) {
    let spans = u64::try_from(spans).unwrap_or(u64::MAX);
    counter!("gatewright_traces_dropped_total").increment(spans);
}
