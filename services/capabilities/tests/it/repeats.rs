use gw_capabilities::Capabilities;
use gw_testkit::{App, Database, Repeatable, TestTenant, demand_repeatable};
use serde_json::{Value, json};

use crate::log;

const ADMIN: &str = "/v1/admin";

#[tokio::test]
async fn every_change_acts_once_under_one_key() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    demand_repeatable::<Capabilities>(&db, &app, async |method, route| {
        example(&db, &app, &format!("{method} {route}")).await
    })
    .await;
}

/// A request of the operation that succeeds and changes something of a new tenant's.
async fn example(db: &Database, app: &App, operation: &str) -> Repeatable {
    let acme = db.tenant("acme").await;
    let sent = |path: String, body| Repeatable::post(format!("{ADMIN}{path}"), &acme.api_key, body);
    match operation {
        "POST /v1/admin/mint" => sent("/mint".to_owned(), json!({ "subject": "agent" })),
        "POST /v1/admin/revoke" => sent("/revoke".to_owned(), json!({ "jti": "spent" })),
        "POST /v1/admin/root-keys/rotate" => sent("/root-keys/rotate".to_owned(), json!({})),
        "POST /v1/admin/root-keys/{key}/retire" => {
            let old = retiring(app, &acme).await;
            sent(format!("/root-keys/{old}/retire"), json!({}))
        }
        _ => panic!("no example of {operation}"),
    }
}

/// A root key whose overlap runs.
async fn retiring(app: &App, tenant: &TestTenant) -> String {
    let rotate = format!("{ADMIN}/root-keys/rotate");
    for _ in 0..2 {
        app.post(&rotate, &tenant.api_key, json!({ "overlap_seconds": 60 })).await;
    }
    let (_, keys) = app.get(&format!("{ADMIN}/root-keys"), &tenant.api_key).await;
    let items = keys["items"].as_array().unwrap();
    let old = items.iter().find(|key| key["state"] == "retiring").unwrap();
    old["key_id"].as_str().unwrap().to_owned()
}

/// A change that finds nothing to do records nothing; its answer is kept all the same.
#[tokio::test]
async fn what_changed_nothing_is_answered_the_same_again() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let spent = json!({ "jti": "spent" });
    app.post("/v1/admin/revoke", &acme.api_key, spent.clone()).await;
    let sent = Repeatable::post("/v1/admin/revoke", &acme.api_key, spent);
    let first = app.repeatable(&sent, "k").await;
    app.post("/v1/admin/mint", &acme.api_key, json!({ "subject": "a" })).await;
    let again = app.repeatable(&sent, "k").await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(first.body(), again.body());
    assert_eq!(log(&db, &acme).await.iter().filter(|kind| kind.contains("revoked")).count(), 1);

    let sent = Repeatable { body: Some(json!({ "jti": "other" })), ..sent };
    let another = app.repeatable(&sent, "k").await;
    let problem: Value = serde_json::from_slice(another.body()).unwrap();
    assert_eq!(problem["code"], "check.idempotency_conflict");
}
