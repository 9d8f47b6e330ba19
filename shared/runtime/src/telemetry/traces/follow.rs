use axum::extract::Request;
use gw_web::Follow;
use http::{HeaderMap, StatusCode};
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator as _},
    trace::{Status, TraceContextExt as _},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Follows requests by the headers `traceparent` and `tracestate` (W3C Trace Context).
#[derive(Debug, Default)]
pub(crate) struct Headers(TraceContextPropagator);

impl Follow for Headers {
    fn begins(&self, span: &Span, request: &Request, route: &str) {
        let parent = self.0.extract(&Carried(request.headers()));
        if parent.has_active_span() && span.set_parent(parent).is_err() {
            tracing::debug!("a request has begun before its parent was known");
        }
        span.set_attribute("http.request.method", request.method().to_string());
        span.set_attribute("http.route", route.to_owned());
        let client = gw_web::ClientAddress::of(request.extensions());
        span.set_attribute("client.address", client.0.to_string());
    }

    fn ends(&self, span: &Span, status: StatusCode) {
        span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
    }
}

/// Headers, as the propagator reads them.
struct Carried<'a>(&'a HeaderMap);

impl Extractor for Carried<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
