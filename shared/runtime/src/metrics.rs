//! What `/metrics` tells: counters, gauges and histograms in Prometheus' text format.
//!
//! Whoever knows a figure names it where it arises, through the `metrics` facade; here is the one
//! recorder of the process, and the one list of names ([`FAMILIES`]). Counts and durations are
//! recorded as they happen. What is rather a state, such as a queue's length, is asked for when
//! somebody looks ([`Gauges`]).

use std::sync::{Arc, OnceLock};

use axum::{Router, extract::State, routing::get};
use http::header;
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::RuntimeError;

/// Every family of metrics, with what it counts: the name, the kind, and a sentence.
pub const FAMILIES: [(&str, Kind, &str); 27] = [
    (
        "gatewright_http_request_duration_seconds",
        Kind::Seconds,
        "requests, by method, route and status",
    ),
    ("gatewright_http_requests_in_flight", Kind::Gauge, "requests that are being worked on"),
    (
        "gatewright_http_requests_shed_total",
        Kind::Counter,
        "requests that were turned away because too many were being worked on",
    ),
    (
        "gatewright_http_connections_cut_total",
        Kind::Counter,
        "connections that were ended because their client was too slow, by what was slow",
    ),
    (
        "gatewright_decisions_total",
        Kind::Counter,
        "decisions whose record is durable, by decision and reason code",
    ),
    (
        "gatewright_decision_duration_seconds",
        Kind::Seconds,
        "from a decision that waits to be recorded to its durable record",
    ),
    ("gatewright_journal_batch_checks", Kind::Count, "checks that one commit made durable"),
    ("gatewright_journal_batch_tenants", Kind::Count, "tenants in one commit"),
    (
        "gatewright_journal_head_duration_seconds",
        Kind::Seconds,
        "taking heads and reading them, by connection: a lane waits for none, a side connection for one",
    ),
    (
        "gatewright_journal_commit_duration_seconds",
        Kind::Seconds,
        "writing a batch and committing it, by what became of it",
    ),
    ("gatewright_journal_queued_checks", Kind::Gauge, "checks that wait to be recorded"),
    ("gatewright_journal_tenants_aside", Kind::Gauge, "tenants whose head somebody else holds"),
    ("gatewright_journal_tenants_regressed", Kind::Gauge, "tenants whose log has lost entries"),
    ("gatewright_journal_lanes_connected", Kind::Gauge, "lanes that have a database"),
    ("gatewright_journal_sides_connected", Kind::Gauge, "side connections that have a database"),
    (
        "gatewright_snapshot_load_duration_seconds",
        Kind::Seconds,
        "loading a tenant's configuration, by result",
    ),
    ("gatewright_snapshot_tenants", Kind::Gauge, "tenants whose configuration is in memory"),
    ("gatewright_snapshot_rows", Kind::Gauge, "keys, gates and revocations in memory"),
    (
        "gatewright_snapshot_oldest_seconds",
        Kind::Gauge,
        "since the oldest configuration in memory was loaded; old is well where nothing changed",
    ),
    (
        "gatewright_audit_entries_behind",
        Kind::Gauge,
        "entries of all logs that histories and usage have not been told of yet",
    ),
    (
        "gatewright_audit_bodies_forgotten_total",
        Kind::Counter,
        "decisions that have lost their bodies, being past their tenant's retention",
    ),
    (
        "gatewright_tenants_near_limits",
        Kind::Gauge,
        "tenants that have 80 percent or more of something that they may have",
    ),
    ("gatewright_database_connections", Kind::Gauge, "connections of a role's pool, by state"),
    (
        "gatewright_traces_dropped_total",
        Kind::Counter,
        "spans that no collector was told of: their queue was full, or they were not taken",
    ),
    (
        "gatewright_tls_certificate_expiry_seconds",
        Kind::Gauge,
        "until the certificate that is shown expires",
    ),
    ("gatewright_ready", Kind::Gauge, "1 where the process is ready for traffic"),
    ("gatewright_build_info", Kind::Gauge, "always 1; the label says which version runs"),
];

/// What a family's figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// A state, as it is when somebody looks.
    Gauge,
    /// A histogram of durations.
    Seconds,
    /// A histogram of sizes.
    Count,
}

/// Upper bounds of the histograms of durations: from a decision in memory to the slowest client.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0];
/// Upper bounds of the histograms of sizes: a batch has at most 512 checks.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Figures that are states: told when somebody looks.
pub trait Gauges: Send + Sync + 'static {
    /// Sets them, now.
    fn set(&self);
}

/// The recorder of this process; the first call installs it.
fn recorder() -> Result<&'static PrometheusHandle, RuntimeError> {
    static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let recorder = RECORDER.get_or_init(|| install().map_err(|error| error.to_string()));
    recorder.as_ref().map_err(|error| RuntimeError::Config(format!("metrics: {error}")))
}

fn install() -> Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    let mut builder = PrometheusBuilder::new();
    for (name, kind, _) in FAMILIES {
        builder = match kind {
            Kind::Seconds => {
                builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), &SECONDS)?
            }
            Kind::Count => {
                builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), &COUNTS)?
            }
            Kind::Counter | Kind::Gauge => builder,
        };
    }
    let handle = builder.install_recorder()?;
    for (name, kind, help) in FAMILIES {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, help),
            Kind::Gauge => metrics::describe_gauge!(name, help),
            Kind::Seconds => metrics::describe_histogram!(name, metrics::Unit::Seconds, help),
            Kind::Count => metrics::describe_histogram!(name, help),
        }
    }
    gauge!("gatewright_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// `GET /metrics`.
pub(crate) fn routes(gauges: Vec<Arc<dyn Gauges>>) -> Result<Router, RuntimeError> {
    let handle = recorder()?;
    let scrape = async move |State(gauges): State<Arc<[Arc<dyn Gauges>]>>| {
        for gauges in gauges.iter() {
            gauges.set();
        }
        handle.run_upkeep();
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
    };
    let gauges: Arc<[Arc<dyn Gauges>]> = gauges.into();
    Ok(Router::new().route("/metrics", get(scrape)).with_state(gauges))
}

/// Requests that are being worked on.
pub(crate) struct Requests(pub(crate) [gw_web::InFlight; 2]);

impl Gauges for Requests {
    fn set(&self) {
        let count: usize = self.0.iter().map(gw_web::InFlight::count).sum();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        gauge!("gatewright_http_requests_in_flight").set(f64::from(count));
    }
}

/// The connections of a role's pool.
pub(crate) struct Pool(pub(crate) gw_db::Db);

impl Gauges for Pool {
    fn set(&self) {
        let (role, pool) = (self.0.role().to_string(), self.0.pool_use());
        let connections = |state| gauge!("gatewright_database_connections", "role" => role.clone(), "state" => state);
        connections("idle").set(f64::from(pool.idle));
        connections("used").set(f64::from(pool.used));
        connections("most").set(f64::from(pool.most));
    }
}
