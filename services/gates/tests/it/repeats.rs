use axum::http::{Method, StatusCode};
use futures::future::join_all;
use gw_gates::Gates;
use gw_testkit::{App, Database, Repeatable, TestTenant, demand_repeatable};
use serde_json::{Value, json};

use crate::{MOUNTS, named};

#[tokio::test]
async fn every_change_acts_once_under_one_key_and_every_mount() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Gates>(&db).await;
    demand_repeatable::<Gates>(&db, &app, async |method, route| {
        example(&db, &app, &format!("{method} {route}")).await
    })
    .await;
}

/// A request of the operation that succeeds and changes something of a new tenant's.
async fn example(db: &Database, app: &App, operation: &str) -> Repeatable {
    let acme = db.tenant("acme").await;
    let sent = |path: String, body| Repeatable::post(path, &acme.api_key, body);
    let gate = async || {
        let (_, made) = app.post("/v1/gates", &acme.api_key, named("edge")).await;
        format!("/gates/{}", made["id"].as_str().unwrap())
    };
    match operation {
        "POST /gates" => sent("/gates".to_owned(), named("edge")),
        "PATCH /gates/{gate}" | "PUT /gates/{gate}" => {
            let method = operation.split(' ').next().unwrap().parse().unwrap();
            sent(gate().await, named("front")).by(method).with("if-match", "*")
        }
        "DELETE /gates/{gate}" => sent(gate().await, json!({})).by(Method::DELETE),
        "POST /gates/{gate}/restore" => {
            let gate = gate().await;
            app.delete(&format!("/v1{gate}"), &acme.api_key).await;
            sent(format!("{gate}/restore"), json!({}))
        }
        "POST /gates/{gate}/keypairs" => sent(format!("{}/keypairs", gate().await), json!({})),
        "POST /gates/{gate}/keypairs/rotate" => {
            sent(format!("{}/keypairs/rotate", gate().await), json!({}))
        }
        "POST /gates/{gate}/keypairs/{key}/retire" => {
            let gate = gate().await;
            let rotate = format!("/v1{gate}/keypairs/rotate");
            let overlap = json!({ "overlap_seconds": 60 });
            app.post(&rotate, &acme.api_key, overlap).await;
            let (_, list) = app.get(&format!("/v1{gate}/keypairs"), &acme.api_key).await;
            let mut pairs = list["items"].as_array().unwrap().iter();
            let old = pairs.find(|pair| pair["state"] == "retiring").unwrap();
            let old = old["key_id"].as_str().unwrap();
            sent(format!("{gate}/keypairs/{old}/retire"), json!({}))
        }
        _ => panic!("no example of {operation}"),
    }
}

#[tokio::test]
async fn twins_at_once_make_one_gate_at_every_mount() {
    let db = gw_testkit::database().await;
    let apps = [gw_testkit::app::<Gates>(&db).await, gw_testkit::app::<Gates>(&db).await];
    for mount in MOUNTS {
        let acme = db.tenant("acme").await;
        let sent = Repeatable::post(format!("{mount}/gates"), &acme.api_key, named("edge"));
        let twins = (0..20).map(|i| made(&apps[i % 2], &sent));
        let made = join_all(twins).await;
        assert!(made.iter().all(|answer| *answer == made[0]), "{made:?}");
        assert_eq!(gates(&db, &acme).await, 1);
    }
}

/// The gate's id, however often it takes to be told of it.
async fn made(app: &App, sent: &Repeatable) -> Value {
    loop {
        let answer = app.repeatable(sent, "one").await;
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
        match answer.status() {
            StatusCode::CREATED => return body["id"].take(),
            // A busy machine: a twin was waited for too long, or no connection was free.
            StatusCode::CONFLICT => assert_eq!(body["code"], "idempotency.pending"),
            status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}"),
        }
    }
}

async fn gates(db: &Database, tenant: &TestTenant) -> i64 {
    sqlx::query_scalar("select count(*) from journal.entries where tenant_id = $1")
        .bind(tenant.id.uuid())
        .fetch_one(&db.owner().await)
        .await
        .unwrap()
}
