//! What `/metrics` says of checks.

use std::collections::BTreeSet;

use axum::body::Body;
use gw_credentials::capability::NewCaveat;
use gw_runtime::metrics::FAMILIES;
use http::{Request, StatusCode, header};

use crate::world::{World, world};

async fn scrape(world: &World) -> String {
    let (head, page) = world.app.page("/metrics").await;
    assert_eq!(head.status, StatusCode::OK);
    let kind = head.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    page
}

/// The figure of a line that begins so.
fn figure(scraped: &str, line: &str) -> f64 {
    let line = scraped.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(' '));
    line.map_or(0.0, |figure| figure.parse().unwrap())
}

#[tokio::test]
async fn decisions_are_counted_by_their_reason_and_batches_by_their_size() {
    let world = world().await;
    let allowed = r#"gatewright_decisions_total{decision="allow",reason_code="ok"}"#;
    let used_up = r#"gatewright_decisions_total{decision="block",reason_code="budget.calls"}"#;
    let before = scrape(&world).await;
    let token = world.token(&[NewCaveat::MaxCalls(2)]);
    for _ in 0..3 {
        world.ask_with(&token).await;
    }
    let after = scrape(&world).await;
    // Other tests of this process count into the same figures.
    let grown = |line| figure(&after, line) - figure(&before, line);
    assert!(grown(allowed) >= 2.0 && grown(used_up) >= 1.0, "{after}");
    let batches = "gatewright_journal_batch_checks_count";
    assert!(grown(batches) >= 1.0 && grown("gatewright_journal_batch_checks_sum") >= 3.0);
    assert!(grown("gatewright_decision_duration_seconds_count") >= 3.0);
    let route = r#"gatewright_http_request_duration_seconds_count{method="POST",route="/v1/gates/{gate}/check",status="200"}"#;
    assert!(grown(route) >= 3.0, "{after}");
    assert!(figure(&after, "gatewright_snapshot_tenants") >= 1.0);
    assert!(figure(&after, "gatewright_snapshot_rows") >= 2.0);
}

#[tokio::test]
async fn every_family_is_explained_and_no_label_is_a_strangers() {
    let world = world().await;
    let request = Request::builder().method("STRANGE").uri("/v1/nowhere/else?of=mine");
    world.app.send(request.body(Body::empty()).unwrap()).await;
    let token = world.token(&[]);
    world.ask_with(&token).await;
    let scraped = scrape(&world).await;
    assert!(!scraped.contains("STRANGE") && !scraped.contains("nowhere"), "{scraped}");
    let known: BTreeSet<&str> = FAMILIES.iter().map(|(name, ..)| *name).collect();
    let explained: BTreeSet<&str> = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next())
        .collect();
    let told: BTreeSet<&str> = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    assert!(told.is_subset(&known), "{:?}", told.difference(&known));
    assert_eq!(told, explained, "each has its sentence");
    for needed in ["gatewright_decisions_total", "gatewright_journal_commit_duration_seconds"] {
        assert!(told.contains(needed), "{needed}");
    }
}
