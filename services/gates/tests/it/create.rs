use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use gw_gates::Gates;
use gw_kernel::GateId;
use serde_json::{Value, json};

use crate::{MOUNTS, named};

#[tokio::test]
async fn a_gate_answers_with_every_spelling_and_is_read_back_by_id_and_name() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;

    let request = json!({
        "gate_id": "my-api", "name": "My API", "description": "Payments",
        "security_profile": "L2", "signing": "batch", "is_discoverable": true,
    });
    let (status, mut made) = app.post("/v1/gates", &tenant.api_key, request).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let id: GateId = made["id"].as_str().unwrap().parse().unwrap();
    for (member, expected) in [
        ("gate_id", json!("gate_my-api")),
        ("security_profile", json!("L2")),
        ("profile", json!("L2")),
        ("trust_level", json!("L2")),
        ("mode", json!("enforce")),
        ("signing", json!("batch")),
        ("status", json!("active")),
        ("state", json!("active")),
        ("constraints", json!({})),
        ("allow_self_issued", json!(false)),
        ("current_catalog_version", json!(0)),
        ("gate_url", json!(format!("http://gatewright.localhost/v1/gates/{id}"))),
        ("created_by", json!({ "kind": "machine", "id": tenant.key })),
    ] {
        assert_eq!(made[member], expected, "{member}");
    }
    assert!(made.as_object_mut().unwrap().remove("epoch").unwrap().as_i64().unwrap() > 0);
    for name in [id.to_string(), "gate_my-api".to_owned()] {
        let (status, read) = app.get(&format!("/v1/gates/{name}"), &tenant.api_key).await;
        assert_eq!((status, &read), (StatusCode::OK, &made));
    }
}

#[tokio::test]
async fn a_gate_can_be_made_that_only_observes() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let request = json!({ "name": "Edge", "mode": "observe" });
    let (status, mut made) = app.post("/v1/gates", &tenant.api_key, request).await;
    assert_eq!((status, &made["mode"]), (StatusCode::CREATED, &json!("observe")), "{made}");
    made.as_object_mut().unwrap().remove("epoch");
    let path = format!("/v1/gates/{}", made["id"].as_str().unwrap());
    assert_eq!(app.get(&path, &tenant.api_key).await.1, made);
}

#[tokio::test]
async fn without_a_name_the_id_stands_in_for_it() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let (status, made) = app.post("/v1/gates", &tenant.api_key, named("Edge")).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["gate_id"], made["id"]);
    assert_eq!(made["security_profile"], "L1");
    assert_eq!(made["description"], Value::Null);
}

#[tokio::test]
async fn the_documented_curl_works_under_every_mount() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    for (index, mount) in MOUNTS.iter().enumerate() {
        let request = json!({
            "gate_id": format!("gate_my-api-{index}"),
            "name": "My API",
            "security_profile": "L1",
            "is_discoverable": true,
            "description": "Payment processing API",
        });
        let path = format!("{mount}/gates");
        let (status, made) = app.post(&path, &tenant.api_key, request).await;
        assert_eq!(status, StatusCode::CREATED, "{path}: {made}");
        assert_eq!(made["gate_id"], format!("gate_my-api-{index}"));
        let read = app.get(&format!("{path}/gate_my-api-{index}"), &tenant.api_key).await;
        assert_eq!(read.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_creation_says_where_the_gate_is_and_which_version() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let post = Request::post("/v1/gates")
        .header(header::AUTHORIZATION, format!("Bearer {}", tenant.api_key))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(named("Edge").to_string()));
    let made = app.send(post.unwrap()).await;
    let location = made.headers()[header::LOCATION].to_str().unwrap();
    let body: Value = serde_json::from_slice(made.body()).unwrap();
    assert_eq!(made.headers()["gatewright-epoch"], body["epoch"].to_string());

    let get = Request::get(location)
        .header(header::AUTHORIZATION, format!("Bearer {}", tenant.api_key))
        .body(Body::empty());
    let read = app.send(get.unwrap()).await;
    assert_eq!(read.status(), StatusCode::OK);
    assert_eq!(read.headers()[header::ETAG], made.headers()[header::ETAG]);
}

#[tokio::test]
async fn what_a_client_does_not_want_may_be_said() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let request = json!({
        "name": "My API", "gate_id": "gate_my-api", "profile": "L1", "trust_level": "L1",
        "allow_self_issued": false, "trusted_issuers": [], "constraints": {}, "template": null,
        "template_id": null, "required_permissions": [], "require_pop": false,
    });
    let (status, made) = app.post("/api/gates", &tenant.api_key, request).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
}

#[tokio::test]
async fn the_log_has_the_whole_gate_and_nothing_secret() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let (_, made) = app.post("/v1/gates", &tenant.api_key, named("Edge")).await;

    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar("select body from journal.entries where kind = 'gate.created.v1'")
            .fetch_all(&db.owner().await)
            .await
            .unwrap();
    assert_eq!(bodies.len(), 1);
    let entry: Value = serde_json::from_slice(&bodies[0]).unwrap();
    assert_eq!(entry["subject"], made["id"]);
    assert_eq!(entry["data"]["gate_id"], made["id"]);
    assert_eq!(entry["data"]["moves_epoch"], true);
    assert_eq!(entry["data"]["actor"]["id"], json!(tenant.key));
    assert_eq!(entry["data"]["keypairs"][0]["public_key"], made["public_key"]);
    assert!(!String::from_utf8_lossy(&bodies[0]).contains("sealed"));
}

#[tokio::test]
async fn of_gates_with_one_name_at_once_one_is_made() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let request = || json!({ "name": "Edge", "gate_id": "edge" });
    let post = || app.post("/v1/gates", &tenant.api_key, request());
    let (a, b, c, d) = tokio::join!(post(), post(), post(), post());
    let answers = [a, b, c, d];
    let made = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(made, 1, "{answers:?}");
    for (status, problem) in answers.iter().filter(|(status, _)| *status != StatusCode::CREATED) {
        assert_eq!(*status, StatusCode::CONFLICT);
        assert_eq!(problem["code"], "gate.name_taken");
    }
    let entries: i64 = sqlx::query_scalar("select count(*) from journal.entries")
        .fetch_one(&db.owner().await)
        .await
        .unwrap();
    assert_eq!(entries, 1);
}
