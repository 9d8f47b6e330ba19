use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_capabilities::Capabilities;
use gw_credentials::capability::Capability;
use gw_kernel::{Clock, RootKeyId, rfc3339};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::log;

const ROTATE: &str = "/v1/admin/root-keys/rotate";

#[tokio::test]
async fn a_rotation_mints_under_a_new_key_and_lets_the_old_one_end() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let post = async |path: &str, body: Value| app.post(path, &tenant.api_key, body).await;
    let kid = async || {
        let (_, minted) = post("/v1/admin/mint", json!({ "subject": "a" })).await;
        Capability::decode(minted["token"].as_str().unwrap()).unwrap().kid.unwrap()
    };
    let first = kid().await;
    db.clock.advance(TimeDelta::seconds(1));
    let (status, rotated) = post(ROTATE, json!({ "overlap_seconds": 60 })).await;
    assert_eq!((status, &rotated["state"]), (StatusCode::OK, &json!("active")), "{rotated}");
    assert_eq!(kid().await, rotated["key_id"].as_str().unwrap());
    let ends = rfc3339(db.clock.now() + TimeDelta::seconds(60));

    let (_, keys) = app.get("/v1/admin/root-keys", &tenant.api_key).await;
    assert_eq!(keys["items"][0]["key_id"], rotated["key_id"]);
    let old = &keys["items"][1];
    let shown = json!([old["key_id"], old["state"], old["accepted_until"]]);
    assert_eq!(shown, json!([first, "retiring", ends]));
    assert!(old["public_key"].is_string());
    let retire = format!("/v1/admin/root-keys/{first}/retire");
    let (_, retired) = post(&retire, json!({ "reason": "leaked" })).await;
    assert_eq!((&retired["state"], &retired["epoch"]), (&json!("retired"), &json!(6)));
    let (_, again) = post(&retire, json!({})).await;
    assert_eq!(again, retired);
    assert_eq!(
        log(&db, &tenant).await,
        [
            "capability.root_key_created.v1",
            "capability.minted.v1",
            "capability.root_key_retired.v1",
            "capability.root_key_created.v1",
            "capability.minted.v1",
            "capability.root_key_retired.v1",
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_rotated_or_retired_is_refused() {
    let db = gw_testkit::database().await;
    let (tenant, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let (_, theirs) = app.post(ROTATE, &other.api_key, json!({})).await;
    let (_, ours) = app.post(ROTATE, &tenant.api_key, json!({})).await;
    assert_eq!(ours["state"], "active", "a rotation makes the first key too");
    let unknown: RootKeyId = db.new_id();
    let retire = |key: &Value| format!("/v1/admin/root-keys/{}/retire", key.as_str().unwrap());
    for (path, body, status, code) in [
        (retire(&theirs["key_id"]), json!({}), 404, "capability.root_key_not_found"),
        (retire(&json!(unknown)), json!({}), 404, "capability.root_key_not_found"),
        (retire(&ours["key_id"]), json!({}), 409, "capability.root_key_active"),
        (ROTATE.to_owned(), json!({ "overlap_seconds": -1 }), 400, "request.invalid_value"),
        (ROTATE.to_owned(), json!({ "overlap_seconds": i64::MAX }), 400, "request.invalid_value"),
        (ROTATE.to_owned(), json!({ "overlap": 1 }), 400, "request.unknown_member"),
    ] {
        let (answered, problem) = app.post(&path, &tenant.api_key, body).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
    }
    assert_eq!(log(&db, &tenant).await, ["capability.root_key_created.v1"]);
    let (_, list) = app.get("/v1/admin/root-keys", &tenant.api_key).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotations_mints_and_revocations_at_once_do_not_wait_in_a_circle() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = Arc::new(gw_testkit::app::<Capabilities>(&db).await);
    let mut all = JoinSet::new();
    for number in 0..24 {
        let (app, key) = (app.clone(), tenant.api_key.clone());
        all.spawn(async move {
            match number % 3 {
                0 => app.post(ROTATE, &key, json!({})).await,
                1 => app.post("/v1/admin/mint", &key, json!({ "subject": "a" })).await,
                _ => app.post("/v1/admin/revoke", &key, json!({ "subject": "a" })).await,
            }
        });
    }
    for (status, answer) in all.join_all().await {
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let active: i64 =
        sqlx::query_scalar("select count(*) from capabilities.root_keys where state = 'active'")
            .fetch_one(&db.owner().await)
            .await
            .unwrap();
    assert_eq!(active, 1);
}

#[tokio::test]
async fn a_key_from_before_statements_gets_one_at_the_next_mint() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let mint = async || {
        let minted = app.post("/v1/admin/mint", &tenant.api_key, json!({ "subject": "a" })).await.1;
        Capability::decode(minted["token"].as_str().unwrap()).unwrap()
    };
    let first = mint().await;
    sqlx::query(
        "update capabilities.root_keys set statement_public = null, statement_sealed = null",
    )
    .execute(&db.owner().await)
    .await
    .unwrap();
    let second = mint().await;
    assert!(second.st.is_some());
    assert_eq!(first.kid, second.kid);
    let (created, minted) = ("capability.root_key_created.v1", "capability.minted.v1");
    assert_eq!(log(&db, &tenant).await, [created, minted, created, minted]);
}
