use axum::http::StatusCode;
use gw_capabilities::Capabilities;
use gw_kernel::{Scope, ScopeSet};
use serde_json::{Value, json};

use crate::log;

#[tokio::test]
async fn what_cannot_be_minted_is_refused_by_name() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let unavailable = "capability.caveat_unavailable";
    for (member, value, status, code) in [
        ("servers", json!([" "]), 400, "request.invalid_value"),
        ("servers", json!(vec!["s"; 257]), 400, "request.too_long"),
        ("rate_per_min", json!(-1), 400, "request.invalid_value"),
        ("rate_per_min", json!(9_007_199_254_740_992_i64), 400, "request.invalid_value"),
        ("max_cents", json!(1.5), 400, "request.wrong_type"),
        ("max_cents", json!(-1), 400, "request.invalid_value"),
        ("risk_max", json!(2_147_483_648_i64), 400, "request.invalid_value"),
        ("step_up", json!("yes"), 400, "request.wrong_type"),
        ("callees", json!(["", " "]), 400, "request.invalid_value"),
        ("callee_zones", json!(vec!["z"; 257]), 400, "request.too_long"),
        ("with_memory_signing_key", json!(true), 422, unavailable),
        ("ttl_seconds", json!(-1), 400, "request.invalid_value"),
        ("ttl_seconds", json!(9_223_372_036_854_775_807_i64), 400, "request.invalid_value"),
        ("ttl_seconds", json!(3_155_760_001_i64), 400, "request.invalid_value"),
        ("ttl_seconds", json!(1.5), 400, "request.wrong_type"),
        ("max_calls", json!(-1), 400, "request.invalid_value"),
        ("max_calls", json!(9_007_199_254_740_992_i64), 400, "request.invalid_value"),
        ("max_calls", json!("3"), 400, "request.wrong_type"),
        ("subject", json!(" "), 400, "request.missing_member"),
        ("subject", Value::Null, 400, "request.missing_member"),
        ("subject", json!("a".repeat(513)), 400, "request.too_long"),
        ("tools", json!(vec!["t"; 257]), 400, "request.too_long"),
        ("tools", json!("t"), 400, "request.wrong_type"),
        ("tools", json!(["\u{2003}", " "]), 400, "request.invalid_value"),
        ("tools", json!(["read_[", "read_*"]), 400, "request.invalid_value"),
        ("ttl", json!(60), 400, "request.unknown_member"),
        ("Subject", json!("a"), 400, "request.unknown_member"),
    ] {
        let mut request = json!({ "subject": "a" });
        request[member] = value;
        let (answered, problem) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
        assert_eq!(answered.as_u16(), status, "{member}: {problem}");
        assert_eq!(problem["code"], code, "{member}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
        assert_eq!(problem["error"], problem["detail"], "a text on administrative routes");
    }
    assert_eq!(log(&db, &tenant).await, [""; 0]);
}

#[tokio::test]
async fn a_token_that_no_gate_would_read_is_not_handed_out() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let request = json!({ "subject": "a", "tools": vec!["t".repeat(256); 60] });
    let (status, problem) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "capability.too_large");
    assert_eq!(log(&db, &tenant).await, [""; 0]);
}

#[tokio::test]
async fn the_contracts_sentences_are_kept() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    for (request, sentence) in [
        (json!({}), "subject is required"),
        (json!({ "subject": "a", "ttl_seconds": -1 }), "ttl_seconds must be >= 0"),
        (json!({ "subject": "a", "max_calls": -1 }), "max_calls must be >= 0"),
    ] {
        let (_, problem) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
        assert_eq!(problem["error"], sentence);
    }
}

#[tokio::test]
async fn bytes_that_are_not_strict_json_change_nothing() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    for path in ["/v1/admin/mint", "/v1/admin/revoke"] {
        for body in [
            &br#"{"subject":"a","subject":"b"}"#[..],
            br#"{"jti":"a","jti":"b"}"#,
            br#"{"subject":"a\u0000"}"#,
            br#"{"jti":"a\u0000"}"#,
            br#"{"subject":"a"} x"#,
            br#"["a"]"#,
            b"{\"subject\":\"\xff\"}",
            b"\xef\xbb\xbf{\"subject\":\"a\"}",
        ] {
            let (status, problem) = app.post_bytes(path, &tenant.api_key, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{}", String::from_utf8_lossy(body));
            assert!(problem["code"].as_str().unwrap().starts_with("request."));
        }
    }
    assert_eq!(log(&db, &tenant).await, [""; 0]);
}

#[tokio::test]
async fn every_route_demands_its_own_scope() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let weak = db.api_key(tenant.id, &ScopeSet::from_iter([Scope::ChecksWrite]), "machine").await.1;
    for (path, body, scope) in [
        ("/v1/admin/mint", json!({ "subject": "a" }), "capabilities:mint"),
        ("/v1/admin/revoke", json!({ "jti": "a" }), "capabilities:revoke"),
    ] {
        let (status, problem) = app.post(path, &weak, body.clone()).await;
        assert_eq!((status, &problem["required_scope"]), (StatusCode::FORBIDDEN, &json!(scope)));
        assert_eq!(app.post(path, "", body).await.0, StatusCode::UNAUTHORIZED);
    }
    let (status, problem) = app.get("/v1/admin/revocations", &weak).await;
    let scope = &json!("capabilities:read");
    assert_eq!((status, &problem["required_scope"]), (StatusCode::FORBIDDEN, scope));
}
