use axum::http::StatusCode;
use gw_gates::Gates;
use gw_kernel::{Scope, ScopeSet};
use serde_json::{Value, json};

use crate::named;

#[tokio::test]
async fn what_is_not_acceptable_is_refused_with_a_code_and_a_pointer() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let id: gw_kernel::GateId = db.new_id();
    for (member, value, status, code) in [
        ("gate_id", json!(id), 422, "gate.name_reads_as_id"),
        ("gate_id", json!(id.body()), 422, "gate.name_reads_as_id"),
        ("gate_id", json!("My API"), 422, "gate.bad_name"),
        ("gate_id", json!(""), 422, "gate.bad_name"),
        ("gate_id", json!("a".repeat(41)), 422, "gate.bad_name"),
        ("gate_id", json!(7), 400, "request.wrong_type"),
        ("security_profile", json!("L0"), 422, "gate.bad_profile"),
        ("profile", json!("L4"), 422, "gate.bad_profile"),
        ("trust_level", json!("l1"), 422, "gate.bad_profile"),
        ("mode", json!("dry"), 422, "gate.bad_word"),
        ("signing", json!("never"), 422, "gate.bad_word"),
        ("allow_self_issued", json!(true), 422, "gate.option_unavailable"),
        ("require_pop", json!(true), 422, "gate.option_unavailable"),
        ("trusted_issuers", json!(["x"]), 422, "gate.option_unavailable"),
        ("required_permissions", json!(["x"]), 422, "gate.option_unavailable"),
        ("constraints", json!({ "x": 1 }), 422, "gate.option_unavailable"),
        ("template", json!("x"), 422, "gate.option_unavailable"),
        ("template_id", json!("x"), 422, "gate.option_unavailable"),
        ("name", json!("a".repeat(201)), 400, "request.too_long"),
        ("name", json!("  "), 400, "request.invalid_value"),
        ("description", json!("a".repeat(2001)), 400, "request.too_long"),
        ("colour", json!("red"), 400, "request.unknown_member"),
    ] {
        let mut request = named("Edge");
        request[member] = value;
        let (answered, problem) = app.post("/v1/gates", &tenant.api_key, request.clone()).await;
        assert_eq!(answered.as_u16(), status, "{request}: {problem}");
        assert_eq!(problem["code"], code, "{request}");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"), "{request}");
        assert_eq!(problem["error"]["code"], code, "{request}");
        assert_eq!(problem["message"], problem["detail"]);
    }
    let (_, list) = app.get("/v1/gates", &tenant.api_key).await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn profiles_that_disagree_are_refused() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let request = json!({ "name": "Edge", "security_profile": "L1", "trust_level": "L2" });
    let (status, problem) = app.post("/api/v1/gates", &tenant.api_key, request).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "gate.bad_profile");
}

#[tokio::test]
async fn a_body_that_is_not_strict_json_makes_no_gate() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    for (body, code) in [
        (r#"{"name":"a","name":"b"}"#.as_bytes(), "request.duplicate_member"),
        (br#"{"name":"a"} x"#, "request.malformed"),
        (br#"{"name":"a\u0000"}"#, "request.nul"),
        (b"{\"name\":\"\xff\"}", "request.malformed"),
        (br#"{"Name":"a"}"#, "request.unknown_member"),
        (b"", "request.missing_member"),
        (b"[]", "request.wrong_type"),
    ] {
        let (status, problem) = app.post_bytes("/v1/gates", &tenant.api_key, body).await;
        assert!(status.is_client_error(), "{problem}");
        let shown = String::from_utf8_lossy(body);
        assert_eq!(problem["code"], code, "{shown}: {problem}");
    }
    let (_, list) = app.get("/v1/gates", &tenant.api_key).await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn without_the_scope_nothing_is_made_or_read() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let (_, made) = app.post("/v1/gates", &tenant.api_key, named("Edge")).await;
    let gate = made["id"].as_str().unwrap();
    let scopes = ScopeSet::from_iter([Scope::ChecksWrite]);
    let (_, weak) = db.api_key(tenant.id, &scopes, "machine").await;

    let (status, problem) = app.post("/v1/gates", &weak, named("Edge")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(problem["required_scope"], "gates:create");
    for (path, scope) in [
        ("/v1/gates".to_owned(), "gates:read"),
        (format!("/v1/gates/{gate}"), "gates:read"),
        (format!("/v1/gates/{gate}/public-key"), "gates:read"),
        (format!("/v1/gates/{gate}/keypairs"), "keypairs:read"),
    ] {
        let (status, problem) = app.get(&path, &weak).await;
        assert_eq!((status, &problem["required_scope"]), (StatusCode::FORBIDDEN, &json!(scope)));
        assert_eq!(app.get(&path, "").await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_key_that_is_limited_to_gates_sees_those_and_makes_no_other() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let (_, one) = app.post("/v1/gates", &tenant.api_key, named("One")).await;
    let (_, two) = app.post("/v1/gates", &tenant.api_key, named("Two")).await;
    let (key, limited) = db.api_key(tenant.id, &ScopeSet::from_iter([Scope::All]), "machine").await;
    let only: gw_kernel::GateId = one["id"].as_str().unwrap().parse().unwrap();
    sqlx::query("update tenants.api_keys set gates = array[$1] where key_id = $2")
        .bind(only.uuid())
        .bind(key.uuid())
        .execute(&db.owner().await)
        .await
        .unwrap();

    let (_, list) = app.get("/v1/gates", &limited).await;
    let shown: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|g| &g["id"]).collect();
    assert_eq!(shown, [&one["id"]]);
    let other = two["id"].as_str().unwrap();
    for path in [format!("/v1/gates/{other}"), format!("/v1/gates/{other}/keypairs")] {
        assert_eq!(app.get(&path, &limited).await.0, StatusCode::NOT_FOUND);
    }
    let (status, problem) = app.post("/v1/gates", &limited, named("Three")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("gate.key_limited")));
}
