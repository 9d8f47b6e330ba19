use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use gw_capabilities::Capabilities;
use serde_json::{Value, json};

use crate::{log, verified};

#[tokio::test]
async fn every_tenant_has_a_root_key_of_its_own() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let request = || json!({ "subject": "a" });
    let (_, ours) = app.post("/v1/admin/mint", &acme.api_key, request()).await;
    let (_, theirs) = app.post("/v1/admin/mint", &other.api_key, request()).await;
    let (ours, theirs) = (ours["token"].as_str().unwrap(), theirs["token"].as_str().unwrap());
    assert!(verified(&db, &acme, ours).await.is_some());
    assert!(verified(&db, &other, theirs).await.is_some());
    assert!(verified(&db, &acme, theirs).await.is_none());
    assert!(verified(&db, &other, ours).await.is_none());
}

#[tokio::test]
async fn a_revocation_binds_in_its_tenant_alone() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let request = |reason: &str| json!({ "jti": "shared", "reason": reason });
    app.post("/v1/admin/revoke", &acme.api_key, request("ours")).await;
    let (_, list) = app.get("/v1/admin/revocations", &other.api_key).await;
    assert_eq!(list["revocations"], json!([]));

    let (status, answer) = app.post("/v1/admin/revoke", &other.api_key, request("theirs")).await;
    assert_eq!((status, &answer["reason"]), (StatusCode::OK, &json!("theirs")));
    for tenant in [&acme, &other] {
        assert_eq!(log(&db, tenant).await, ["capability.revoked.v1"]);
        let (_, list) = app.get("/v1/admin/revocations", &tenant.api_key).await;
        assert_eq!(list["revocations"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_platform_key_acts_on_the_tenant_that_it_names() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let named = |key: &str| {
        Request::post("/v1/admin/mint")
            .header("authorization", format!("Bearer {key}"))
            .header("gatewright-tenant", tenant.id.to_string())
            .header("content-type", "application/json")
            .body(Body::from(json!({ "subject": "a" }).to_string()))
            .unwrap()
    };
    let minted = app.send(named(&platform.api_key)).await;
    assert_eq!(minted.status(), StatusCode::OK);
    let minted: Value = serde_json::from_slice(minted.body()).unwrap();
    assert!(verified(&db, &tenant, minted["token"].as_str().unwrap()).await.is_some());
    // Nobody else has a say in it, not even the tenant's own key about its own tenant.
    assert_eq!(app.send(named(&tenant.api_key)).await.status(), StatusCode::FORBIDDEN);
}
