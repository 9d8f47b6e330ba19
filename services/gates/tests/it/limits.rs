//! A tenant has as many gates as its plan allows, whoever else makes one at the same moment.

use axum::http::StatusCode;
use futures::future::join_all;
use gw_gates::Gates;
use gw_testkit::{Database, TestTenant};
use serde_json::json;

use crate::named;

async fn limit(db: &Database, tenant: &TestTenant, gates: i32) {
    sqlx::query(
        "insert into tenants.limits (tenant_id, checks_per_second, gates, api_keys, operators,
             retention_days, updated_at)
         values ($1, 100, $2, 100, 100, 30, now())",
    )
    .bind(tenant.id.uuid())
    .bind(gates)
    .execute(&db.owner().await)
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_gates_at_once_as_many_are_made_as_there_is_room_for() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Gates>(&db).await;
    limit(&db, &acme, 3).await;
    let answers = join_all((0..12).map(|_| app.post("/v1/gates", &acme.api_key, named("g")))).await;
    let made = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(made, 3, "{answers:?}");
    for (status, problem) in answers.iter().filter(|(status, _)| !status.is_success()) {
        assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("limit.gates")));
    }
    let (status, _) = app.post("/v1/gates", &other.api_key, named("g")).await;
    assert_eq!(status, StatusCode::CREATED, "a limit is one tenant's");

    let made = answers.iter().find_map(|(_, gate)| gate["id"].as_str()).unwrap();
    let archive = app.delete(&format!("/gates/{made}"), &acme.api_key).await;
    assert_eq!(archive.0, StatusCode::OK, "{archive:?}");
    let (status, _) = app.post("/v1/gates", &acme.api_key, named("g")).await;
    assert_eq!(status, StatusCode::CREATED, "what is archived makes room");
    assert_eq!(app.post("/v1/gates", &acme.api_key, named("g")).await.0, StatusCode::CONFLICT);

    let restore = format!("/gates/{made}/restore");
    let (status, problem) = app.post(&restore, &acme.api_key, json!({})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("limit.gates")));
}
