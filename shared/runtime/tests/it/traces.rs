//! What a collector is told: which requests there were, and nothing that they said.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use axum::{Router, body::Bytes, extract::State, routing::post};
use gw_runtime::{Config, telemetry};
use http::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;
use tokio::net::TcpListener;

use crate::started::{Process, config, start};

/// A collector that keeps what it is told, until it refuses everything.
#[derive(Clone, Default)]
struct Collector {
    bodies: Arc<Mutex<Vec<Bytes>>>,
    authorizations: Arc<Mutex<Vec<String>>>,
    refuses: Arc<AtomicBool>,
}

impl Collector {
    async fn start(&self) -> String {
        let take = async |State(it): State<Self>, headers: HeaderMap, body: Bytes| {
            if it.refuses.load(Ordering::Relaxed) {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            let authorization = headers["authorization"].to_str().unwrap().to_owned();
            it.authorizations.lock().unwrap().push(authorization);
            it.bodies.lock().unwrap().push(body);
            StatusCode::OK
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/")
    }

    fn spans(&self) -> Vec<Span> {
        let bodies = self.bodies.lock().unwrap();
        let decoded =
            bodies.iter().map(|it| ExportTraceServiceRequest::decode(it.clone()).unwrap());
        let resources = decoded.flat_map(|it| it.resource_spans);
        resources.flat_map(|it| it.scope_spans).flat_map(|it| it.spans).collect()
    }

    /// The spans of one trace, once there are any.
    async fn trace(&self, trace: &str) -> Vec<Span> {
        for _ in 0..100 {
            let mut spans = self.spans();
            spans.retain(|span| hex(&span.trace_id) == trace);
            if !spans.is_empty() {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no span of {trace}: {:?}", self.spans());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn said(span: &Span, key: &str) -> String {
    let value = span.attributes.iter().find(|it| it.key == key).and_then(|it| it.value.clone());
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{key}: {other:?} in {span:?}"),
    }
}

async fn ask(process: &Process, parent: &str) {
    let request = reqwest::Client::new().post(process.url("/v1/said?token=hunter2-query"));
    let request =
        request.bearer_auth("hunter2-key").header("x-gatewright-credential", "hunter2-token");
    let request = request.header("traceparent", parent).body("hunter2-body");
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "hunter2-body");
}

const SAMPLED: &str = "0af7651916cd43dd8448eb211c80319c";
const OTHER: &str = "0af7651916cd43dd8448eb211c803199";
const LAST: &str = "0af7651916cd43dd8448eb211c803197";

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_learns_of_requests_and_nothing_that_they_said() {
    let (db, collector) = (gw_testkit::database().await, Collector::default());
    let mut config = config(&db);
    config.telemetry.otlp.endpoint = Some(collector.start().await);
    config.telemetry.otlp.authorization = Some("Bearer for-the-collector".into());
    config.telemetry.otlp.sample_ratio = 0.0;
    config.log.filter = "off".to_owned();
    let telemetry = telemetry::init(&config).unwrap();
    let process = start(config).await;

    ask(&process, &format!("00-{OTHER}-b7ad6b7169203331-00")).await;
    ask(&process, &format!("00-{SAMPLED}-b7ad6b7169203331-01")).await;
    assert_eq!(process.get("/v1/slow").await.0, 200, "nobody follows it");
    let spans = collector.trace(SAMPLED).await;
    assert_eq!(spans.len(), 1, "{spans:?}");
    let span = &spans[0];
    assert_eq!(hex(&span.parent_span_id), "b7ad6b7169203331");
    assert_eq!(span.name, "POST /v1/said");
    assert_eq!(said(span, "http.route"), "/v1/said");
    assert_eq!(said(span, "http.response.status_code"), "200");
    assert_eq!(said(span, "client.address"), "127.0.0.1");
    assert!(said(span, "request_id").starts_with("req_"));
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    assert!(span.events.is_empty());
    assert_eq!(collector.spans().len(), 1, "what its caller does not follow is not sent");
    assert_eq!(collector.authorizations.lock().unwrap()[0], "Bearer for-the-collector");

    // What is not taken is counted, and nobody waits for it.
    collector.refuses.store(true, Ordering::Relaxed);
    ask(&process, &format!("00-{LAST}-b7ad6b7169203331-01")).await;
    let mut metrics = String::new();
    for _ in 0..50 {
        metrics = process.get("/metrics").await.1;
        if metrics.contains("gatewright_traces_dropped_total") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(metrics.contains("gatewright_traces_dropped_total 1\n"), "{metrics}");

    // What waits at the end is still sent.
    collector.refuses.store(false, Ordering::Relaxed);
    ask(&process, &format!("00-{LAST}-b7ad6b7169203331-01")).await;
    telemetry.end().await;
    assert!(collector.spans().iter().any(|span| hex(&span.trace_id) == LAST));
    for body in collector.bodies.lock().unwrap().iter() {
        let said = String::from_utf8_lossy(body);
        assert!(!said.contains("hunter2") && !said.contains("42424242"), "{said}");
    }
}

#[tokio::test]
async fn a_collector_that_cannot_be_is_refused_at_the_start() {
    let code = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        gw_runtime::Host::new(config).check_config().unwrap_err().to_string()
    };
    let endpoint = code(|it| it.telemetry.otlp.endpoint = Some("collector:4318".to_owned()));
    assert!(endpoint.contains("telemetry.otlp.endpoint"));
    assert!(
        code(|it| it.telemetry.otlp.sample_ratio = 1.5).contains("telemetry.otlp.sample_ratio")
    );
    assert!(code(|it| it.telemetry.otlp.queue = 0).contains("telemetry.otlp.queue"));
}
