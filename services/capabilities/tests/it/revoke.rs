use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_capabilities::Capabilities;
use gw_kernel::{Clock, rfc3339};
use serde_json::json;
use tokio::task::JoinSet;

use crate::log;

#[tokio::test]
async fn a_second_revocation_keeps_the_first() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let first_time = rfc3339(db.clock.now());
    let request = json!({ "jti": "any text \u{e9}", "reason": "leaked" });
    let (status, first) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    let expected = json!({
        "ok": true, "jti": "any text \u{e9}", "reason": "leaked", "revoked_at": first_time, "epoch": 1,
    });
    assert_eq!((status, &first), (StatusCode::OK, &expected));

    db.clock.advance(TimeDelta::hours(1));
    let request = json!({ "jti": "any text \u{e9}", "reason": "another" });
    let (status, second) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    assert_eq!((status, &second), (StatusCode::OK, &expected));
    assert_eq!(log(&db, &tenant).await, ["capability.revoked.v1"]);
    let (_, list) = app.get("/v1/admin/revocations", &tenant.api_key).await;
    assert_eq!(list["revocations"].as_array().unwrap().len(), 1);
    assert_eq!(list["revocations"][0]["reason"], "leaked");
}

#[tokio::test(flavor = "multi_thread")]
async fn revocations_of_one_token_at_once_are_one() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = Arc::new(gw_testkit::app::<Capabilities>(&db).await);
    let mut revocations = JoinSet::new();
    for attempt in 0..8 {
        let (app, key) = (app.clone(), tenant.api_key.clone());
        revocations.spawn(async move {
            let request = json!({ "jti": "one", "reason": format!("attempt {attempt}") });
            app.post("/v1/admin/revoke", &key, request).await
        });
    }
    let answers = revocations.join_all().await;
    for (status, answer) in &answers {
        assert_eq!((*status, answer), (StatusCode::OK, &answers[0].1));
    }
    assert_eq!(log(&db, &tenant).await, ["capability.revoked.v1"]);
}

#[tokio::test]
async fn other_ways_to_choose_are_refused_until_they_are_built() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    for (request, code, pointer) in [
        (json!({ "jtis": ["a"] }), "request.not_supported", "/jtis"),
        (json!({ "jti": "a", "root_jti": "a" }), "request.not_supported", "/root_jti"),
        (json!({ "subject": "a" }), "request.not_supported", "/subject"),
        (json!({ "hop_id": "a" }), "request.not_supported", "/hop_id"),
        (json!({}), "request.missing_member", "/jti"),
        (json!({ "jti": "" }), "request.missing_member", "/jti"),
        (json!({ "jti": "a".repeat(257) }), "request.too_long", "/jti"),
        (json!({ "jti": "a", "reason": "a".repeat(1001) }), "request.too_long", "/reason"),
        (json!({ "jti": "a", "why": "a" }), "request.unknown_member", "/why"),
    ] {
        let (status, problem) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert_eq!(problem["code"], code);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    assert_eq!(log(&db, &tenant).await, [""; 0]);
}
