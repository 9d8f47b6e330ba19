use std::time::Duration;

use axum::body::Body;
use futures::{StreamExt as _, stream};
use gw_kernel::{Clock as _, Scope};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, search, world};

/// Bodies that no decision can be asked for with: the bytes, the status, the code, the pointer.
fn unreadable() -> Vec<(Vec<u8>, u16, &'static str, Option<&'static str>)> {
    let with = |member: &str, value: Value| {
        let mut body = json!({"action": "api:search"});
        body[member] = value;
        body.to_string().into_bytes()
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let deep = |open: &str, depth: usize| {
        format!(r#"{{"action":"a","context":{}"#, open.repeat(depth)).into_bytes()
    };
    vec![
        (text(""), 400, "request.malformed", None),
        (text("{"), 400, "request.malformed", None),
        (text("[]"), 400, "request.wrong_type", Some("")),
        (text(r#"{"action":"a"} x"#), 400, "request.malformed", None),
        (text("\u{feff}{\"action\":\"a\"}"), 400, "request.malformed", None),
        (b"{\"action\":\"\xff\"}".to_vec(), 400, "request.malformed", None),
        (text(r#"{"action":"\ud800"}"#), 400, "request.malformed", None),
        (text(r#"{"action":"a\u0000"}"#), 400, "request.nul", None),
        (text(r#"{"action":"a","context":{"\u0000":1}}"#), 400, "request.nul", None),
        (text(r#"{"action":"a","action":"b"}"#), 400, "request.duplicate_member", None),
        (
            text(r#"{"action":"a","arguments":{"x":1,"\u0078":2}}"#),
            400,
            "request.duplicate_member",
            None,
        ),
        (deep(r#"{"x":"#, 10_000), 400, "request.too_deep", None),
        (deep("[", 200_000), 400, "request.too_deep", None),
        (text("{}"), 400, "request.missing_member", Some("/action")),
        (text(r#"{"Action":"a"}"#), 400, "request.case_variant", Some("/Action")),
        (text(r#"{"action":"a","ACTION":"b"}"#), 400, "request.case_variant", Some("/ACTION")),
        (
            with("credential", json!({"Kind": "capability"})),
            400,
            "request.case_variant",
            Some("/credential/Kind"),
        ),
        (with("context", json!({"IP": "1"})), 400, "request.case_variant", Some("/context/IP")),
        (with("pas\u{17f}port_id", json!("x")), 400, "request.case_variant", None),
        (with("action", json!(7)), 400, "request.wrong_type", Some("/action")),
        (with("action", json!(" ")), 400, "request.wrong_type", Some("/action")),
        (with("action", json!("a".repeat(257))), 400, "request.too_long", Some("/action")),
        (with("target", json!("a".repeat(8_193))), 400, "request.too_long", Some("/target")),
        (with("target", json!({})), 400, "request.wrong_type", Some("/target")),
        (with("arguments", json!([])), 400, "request.wrong_type", Some("/arguments")),
        (with("context", json!("x")), 400, "request.wrong_type", Some("/context")),
        (with("cost_cents", json!(1.5)), 400, "request.wrong_type", Some("/cost_cents")),
        (with("cost_cents", json!(-1)), 400, "request.wrong_type", Some("/cost_cents")),
        (with("min_epoch", json!("1")), 400, "request.wrong_type", Some("/min_epoch")),
        (with("dry_run", json!("yes")), 400, "request.wrong_type", Some("/dry_run")),
        (with("approval_id", json!("appr_x")), 400, "request.not_supported", Some("/approval_id")),
        (
            with("context", json!({"trace": "x".repeat(70_000)})),
            400,
            "request.record_too_large",
            None,
        ),
        (with("context", json!({"trace": "x".repeat(300_000)})), 413, "request.too_large", None),
    ]
}

#[tokio::test]
async fn what_cannot_be_read_is_a_4xx_with_a_code_and_leaves_no_record() {
    let world = world().await;
    let before = world.entries().await;
    for (body, status, code, pointer) in unreadable() {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let (got, problem) = world.app.post_bytes(&world.path(), &world.tenant.api_key, body).await;
        assert_eq!(
            (got.as_u16(), &problem["code"]),
            (status, &json!(code)),
            "{shown}: {problem:#}"
        );
        if let Some(pointer) = pointer {
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{shown}");
        }
    }
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn another_content_type_is_refused_on_every_mount() {
    let world = world().await;
    let before = world.entries().await;
    let body = search(&world.token(&[])).to_string();
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/json; charset=utf-16")],
        &[("content-type", "application/json"), ("content-encoding", "gzip")],
        &[("content-type", "application/json"), ("content-type", "text/plain")],
    ] {
        let (status, problem, _) = world.ask_headed(headers, &body).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{headers:?}: {problem:#}");
        assert_eq!(problem["code"], "request.unsupported_media_type");
    }
    for mount in ["/api/v1", "/api", ""] {
        let request = http::Request::post(format!("{mount}{}", &world.path()[3..]))
            .header("authorization", format!("Bearer {}", world.tenant.api_key))
            .body(body.clone().into())
            .unwrap();
        assert_eq!(world.app.send(request).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    assert_eq!(world.entries().await, before);
    let json = [("content-type", "application/json; charset=UTF-8")];
    assert_eq!(world.ask_headed(&json, &body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn headers_that_ask_for_more_are_not_ignored() {
    let world = world().await;
    let body = search(&world.token(&[])).to_string();
    for (name, value, code) in [
        ("idempotency-key", "", "request.invalid_value"),
        ("gatewright-deadline-ms", "soon", "request.invalid_value"),
        ("gatewright-deadline-ms", "0", "request.invalid_value"),
        ("gatewright-deadline-ms", "30001", "request.invalid_value"),
    ] {
        let headers = [("content-type", "application/json"), (name, value)];
        let (status, problem, _) = world.ask_headed(&headers, &body).await;
        assert_eq!((status.as_u16(), &problem["code"]), (400, &json!(code)), "{name}: {value}");
    }
    let headers = [("content-type", "application/json"), ("gatewright-deadline-ms", "5000")];
    assert_eq!(world.ask_headed(&headers, &body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_known_is_ignored_and_arguments_are_anything() {
    let world = world().await;
    let mut body = search(&world.token(&[]));
    body["something_new"] = json!({"Action": 1});
    body["arguments"] = json!({"Action": "x", "KIND": [1, 2.5, null], "passport_id": "p"});
    body["context"] = json!({"ip": "192.0.2.1", "custom": true});
    body["idempotency_key"] = Value::Null;
    body["dry_run"] = json!(false);
    let (status, answer) = world.ask(body).await;
    assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")), "{answer:#}");

    let text = answer["attestation"]["attestation_json"].as_str().unwrap();
    let record: Value = serde_json::from_str(text).unwrap();
    assert!(!text.contains("KIND"), "arguments stay out of the record");
    assert_eq!(record["data"]["arguments_hmac"].as_str().unwrap().len(), 44);
    assert_eq!(record["data"]["inputs"]["context"]["ip"], "192.0.2.1");
}

/// A request whose body comes from this, byte for byte.
fn streamed(world: &World, key: &str, body: Body) -> Request<Body> {
    Request::post(world.path())
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .header("gatewright-deadline-ms", "1000")
        .body(body)
        .unwrap()
}

#[tokio::test]
async fn a_strangers_body_is_not_waited_for() {
    let world = world().await;
    let owner = world.db.owner().await;
    let scopes = [Scope::ChecksWrite].into_iter().collect();
    let (_, wrong) = world.db.api_key(world.db.tenant("other").await.id, &scopes, "machine").await;
    let wrong = wrong.replace(&wrong[3..29], &world.tenant.api_key[3..29]);
    let (expired_id, expired) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    sqlx::query("update tenants.api_keys set expires_at = $1 where key_id = $2")
        .bind(world.db.clock.now())
        .bind(expired_id.uuid())
        .execute(&owner)
        .await
        .unwrap();
    let (revoked_id, revoked) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    sqlx::query("update tenants.api_keys set revoked_at = $1 where key_id = $2")
        .bind(world.db.clock.now())
        .bind(revoked_id.uuid())
        .execute(&owner)
        .await
        .unwrap();
    for key in [wrong, expired, revoked] {
        let never = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let answer = world.app.send(streamed(&world, &key, never));
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{key}");
        let unreadable = http::Request::post(world.path())
            .header("authorization", format!("Bearer {key}"))
            .header("gatewright-deadline-ms", "soon");
        let answer = world.app.send(unreadable.body("{".into()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{key}");
    }
}

#[tokio::test]
async fn the_deadline_begins_when_the_body_is_there() {
    let world = world().await;
    let body = search(&world.token(&[])).to_string().into_bytes();
    let late = stream::iter([Ok::<_, std::io::Error>(body)]).then(async |part| {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        part
    });
    let request = streamed(&world, &world.tenant.api_key, Body::from_stream(late));
    assert_eq!(world.app.send(request).await.status(), StatusCode::OK);
}
