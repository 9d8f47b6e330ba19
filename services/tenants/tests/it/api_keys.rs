use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_kernel::{Clock, rfc3339};
use gw_tenants::Tenants;
use serde_json::{Value, json};

use crate::{kinds, log, text};

const KEYS: &str = "/v1/admin/api-keys";

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "name": "deploy", "scopes": ["api_keys:read", "gates:read"] });
    let (status, made) = app.post(KEYS, &acme.api_key, wanted).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!((&made["kind"], &made["state"]), (&json!("machine"), &json!("active")));
    let (id, key) = (text(&made, "key_id"), text(&made, "api_key"));
    assert!(key.starts_with(&text(&made, "prefix")));
    let path = format!("{KEYS}/{id}");
    let (status, read) = app.get(&path, &key).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(read["api_key"], Value::Null);
    let (status, problem) = app.post(KEYS, &key, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(problem["required_scope"], json!("api_keys:write"));

    let why = json!({ "reason": "leaked" });
    let (status, revoked) = app.post(&format!("{path}/revoke"), &acme.api_key, why).await;
    assert_eq!((status, &revoked["state"]), (StatusCode::OK, &json!("revoked")));
    let (status, problem) = app.get(&path, &key).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("caller.unknown")));

    db.clock.advance(TimeDelta::seconds(9));
    let (status, twice) = app.delete(&path, &acme.api_key).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(twice, revoked);
    assert_eq!(kinds(&db, acme.id).await, ["api_key.created.v1", "api_key.revoked.v1"]);
    let whole = format!("{:?}", log(&db, acme.id).await);
    assert!(whole.contains("leaked") && !whole.contains(&key));
}

#[tokio::test]
async fn deleting_a_key_revokes_it() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = format!("{KEYS}/{}", acme.key);
    let (status, gone) = app.delete(&path, &acme.api_key).await;
    assert_eq!((status, &gone["state"]), (StatusCode::OK, &json!("revoked")));
    assert_eq!(gone["epoch"], json!(1));
    assert_eq!(app.get(KEYS, &acme.api_key).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_ends_when_it_says() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let end = rfc3339(db.clock.now() + TimeDelta::hours(1));
    let wanted = json!({ "name": "short", "scopes": ["*"], "expires_at": end });
    let (_, made) = app.post(KEYS, &acme.api_key, wanted).await;
    assert_eq!(made["expires_at"], json!(end));
    let key = text(&made, "api_key");
    assert_eq!(app.get(KEYS, &key).await.0, StatusCode::OK);
    db.clock.advance(TimeDelta::hours(1));
    assert_eq!(app.get(KEYS, &key).await.0, StatusCode::UNAUTHORIZED);

    let names = async |state: &str| -> Vec<String> {
        let (_, list) = app.get(&format!("{KEYS}?state={state}"), &acme.api_key).await;
        list["items"].as_array().unwrap().iter().map(|row| text(row, "name")).collect()
    };
    assert_eq!(names("expired").await, ["short"]);
    assert_eq!(names("active").await, ["test"]);
    assert!(names("revoked").await.is_empty());
}

#[tokio::test]
async fn a_keys_limit_is_shown_kept_over_rotation_and_in_the_log() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "name": "gate", "scopes": ["checks:write"], "checks_per_minute": 600 });
    let (status, made) = app.post(KEYS, &acme.api_key, wanted).await;
    assert_eq!((status, &made["checks_per_minute"]), (StatusCode::CREATED, &json!(600)));
    let id = text(&made, "key_id");
    let path = format!("{KEYS}/{id}");
    let (_, rotated) = app.post(&format!("{path}/rotate"), &acme.api_key, json!({})).await;
    assert_eq!(rotated["checks_per_minute"], json!(600));
    assert_eq!(app.get(&path, &acme.api_key).await.1["checks_per_minute"], json!(600));
    let (_, list) = app.get(KEYS, &acme.api_key).await;
    for key in list["items"].as_array().unwrap() {
        let limit = if key["key_id"] == json!(id) { json!(600) } else { Value::Null };
        assert_eq!(key["checks_per_minute"], limit);
    }
    for (kind, event) in log(&db, acme.id).await {
        assert_eq!(event["checks_per_minute"], json!(600), "{kind}");
    }
    let (_, revoked) = app.delete(&path, &acme.api_key).await;
    assert_eq!(revoked["checks_per_minute"], json!(600));
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused_where_it_stands() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    for (limit, code) in [
        (json!(0), "request.invalid_value"),
        (json!(-1), "request.invalid_value"),
        (json!(10_000_001), "request.invalid_value"),
        (json!(u64::MAX), "request.invalid_value"),
        (json!(1.5), "request.wrong_type"),
        (json!("60"), "request.wrong_type"),
        (json!(true), "request.wrong_type"),
        (json!([60]), "request.wrong_type"),
    ] {
        let body = json!({ "name": "k", "scopes": ["*"], "checks_per_minute": limit });
        let (status, problem) = app.post(KEYS, &acme.api_key, body.clone()).await;
        assert_eq!((status.as_u16(), &problem["code"]), (400, &json!(code)), "{body}");
        assert_eq!(problem["errors"][0]["pointer"], json!("/checks_per_minute"), "{body}");
    }
    for limit in [1, 10_000_000] {
        let body = json!({ "name": "k", "scopes": ["*"], "checks_per_minute": limit });
        assert_eq!(app.post(KEYS, &acme.api_key, body).await.0, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn bad_keys_are_refused() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let nobody: gw_kernel::OperatorId = db.new_id();
    let past = rfc3339(db.clock.now());
    let bad = [
        (json!({ "name": "k" }), 400, "request.missing_member"),
        (json!({ "name": "k", "scopes": ["everything"] }), 400, "request.invalid_value"),
        (json!({ "name": "k", "scopes": "*" }), 400, "request.wrong_type"),
        (json!({ "name": "k", "scopes": [] }), 422, "api_key.no_scopes"),
        (json!({ "name": "k", "scopes": ["tenants:read"] }), 422, "api_key.platform_scope"),
        (
            json!({ "name": "k", "scopes": ["*"], "expires_at": past }),
            422,
            "api_key.expires_in_past",
        ),
        (
            json!({ "name": "k", "scopes": ["*"], "expires_at": "soon" }),
            400,
            "request.invalid_value",
        ),
        (
            json!({ "name": "k", "scopes": ["*"], "operator_id": nobody }),
            422,
            "api_key.operator_unknown",
        ),
        (json!({ "name": "k", "scopes": ["*"], "gates": [] }), 422, "api_key.gates_count"),
        (
            json!({ "name": "k", "scopes": ["*"], "gates": vec!["g"; 1001] }),
            422,
            "api_key.gates_count",
        ),
        (json!({ "name": "k", "scopes": ["*"], "gates": ["g"] }), 422, "api_key.gate_unknown"),
        (json!({ "name": "k", "scopes": ["*"], "key_id": "ak_" }), 400, "request.unknown_member"),
    ];
    for (body, status, code) in bad {
        let (answered, problem) = app.post(KEYS, &acme.api_key, body.clone()).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{body}");
    }
    assert!(log(&db, acme.id).await.is_empty());
}

#[tokio::test]
async fn keys_are_listed_newest_first_in_pages() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    for n in 0..5 {
        db.clock.advance(TimeDelta::seconds(1));
        app.post(KEYS, &acme.api_key, json!({ "name": format!("k{n}"), "scopes": ["*"] })).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("{KEYS}?limit=2");
    loop {
        let (status, page) = app.get(&path, &acme.api_key).await;
        assert_eq!(status, StatusCode::OK);
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| text(row, "name")));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{KEYS}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["k4", "k3", "k2", "k1", "k0", "test"]);
}
