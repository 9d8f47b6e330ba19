use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use gw_kernel::{GateId, Scope, ScopeSet, TenantId};
use gw_tenants::Tenants;
use serde_json::json;

use crate::{log, text, update::gate};

const KEYS: &str = "/v1/admin/api-keys";

#[tokio::test]
async fn nobody_gives_a_scope_that_their_key_lacks() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let own: ScopeSet = [Scope::ApiKeysWrite, Scope::GatesRead].into_iter().collect();
    let (_, limited) = db.api_key(acme.id, &own, "machine").await;
    let wanted = |scopes: &[&str]| json!({ "name": "k", "scopes": scopes });
    for more in [vec!["*"], vec!["gates:read", "gates:create"]] {
        let (status, problem) = app.post(KEYS, &limited, wanted(&more)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(problem["code"], json!("api_key.scope_exceeds"));
    }
    assert_eq!(app.post(KEYS, &limited, wanted(&["gates:read"])).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn an_operators_roles_bound_their_keys() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let viewer = json!({ "name": "V", "mail": "v@example.com", "roles": ["viewer"] });
    let (_, viewer) = app.post("/v1/admin/operators", &acme.api_key, viewer).await;
    let wanted = |scope: &str| json!({ "name": "k", "scopes": [scope], "operator_id": text(&viewer, "operator_id") });
    let (status, problem) = app.post(KEYS, &acme.api_key, wanted("*")).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("api_key.scope_exceeds"))
    );
    let (status, made) = app.post(KEYS, &acme.api_key, wanted("gates:read")).await;
    assert_eq!((status, &made["kind"]), (StatusCode::CREATED, &json!("operator")));
    let by_operator = format!("{KEYS}?operator_id={}", text(&viewer, "operator_id"));
    let (_, list) = app.get(&by_operator, &acme.api_key).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_an_operators_key_does_is_done_by_the_operator() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let ada = json!({ "name": "Ada", "mail": "ada@example.com", "roles": ["owner"] });
    let (_, ada) = app.post("/v1/admin/operators", &acme.api_key, ada).await;
    let wanted = json!({ "name": "k", "scopes": ["*"], "operator_id": ada["operator_id"] });
    let (_, hers) = app.post(KEYS, &acme.api_key, wanted).await;
    let wanted = json!({ "name": "ci", "scopes": ["gates:read"] });
    let (_, made) = app.post(KEYS, &text(&hers, "api_key"), wanted).await;
    let by = json!({ "kind": "operator", "id": ada["operator_id"] });
    assert_eq!(made["created_by"], by);
    let (_, event) = log(&db, acme.id).await.pop().unwrap();
    assert_eq!(event["actor"]["id"], ada["operator_id"]);
    assert_eq!(event["actor"]["key_id"], hers["key_id"]);
}

#[tokio::test]
async fn a_key_for_some_gates_makes_keys_for_those_alone() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (one, two) = (gate(&db, acme.id, Some("gate_one")).await, gate(&db, acme.id, None).await);
    let foreign = gate(&db, other.id, Some("gate_foreign")).await;
    let wanted = |gates: serde_json::Value| json!({ "name": "k", "scopes": ["*"], "gates": gates });
    let (status, made) = app.post(KEYS, &acme.api_key, wanted(json!(["gate_one", one]))).await;
    assert_eq!((status, &made["gates"]), (StatusCode::CREATED, &json!([one])));
    let limited = text(&made, "api_key");
    for unlimited in [
        acme.key.to_string(),
        text(&app.post(KEYS, &acme.api_key, wanted(json!([two]))).await.1, "key_id"),
    ] {
        let (status, problem) = app.delete(&format!("{KEYS}/{unlimited}"), &limited).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("api_key.gates_exceed"))
        );
    }
    let tenant = format!("/v1/admin/tenants/{}", acme.id);
    let (status, _) = app.patch(&tenant, &limited, "\"any\"", json!({ "name": "mine" })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let unlimited = json!({ "name": "k", "scopes": ["*"] });
    for more in [wanted(json!([one, two])), unlimited] {
        let (status, problem) = app.post(KEYS, &limited, more).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("api_key.gates_exceed"))
        );
    }
    assert_eq!(app.post(KEYS, &limited, wanted(json!([one]))).await.0, StatusCode::CREATED);

    let nobody: GateId = db.new_id();
    for unknown in [json!(foreign), json!("gate_foreign"), json!(nobody), json!("gate_none")] {
        let (status, problem) = app.post(KEYS, &acme.api_key, wanted(json!([one, unknown]))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["pointer"], json!("/gates/1"));
    }
}

#[tokio::test]
async fn a_platform_key_administers_the_tenant_that_it_names() {
    let db = gw_testkit::database().await;
    let (platform, acme) = (db.platform().await, db.tenant("acme").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let on = async |tenant: TenantId, scopes: &[&str]| {
        let request = Request::post(KEYS)
            .header(header::AUTHORIZATION, format!("Bearer {}", platform.api_key))
            .header(header::CONTENT_TYPE, "application/json")
            .header("gatewright-tenant", tenant.to_string())
            .body(Body::from(json!({ "name": "k", "scopes": scopes }).to_string()));
        let answer = app.send(request.unwrap()).await;
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status(), body)
    };
    let (status, made) = on(acme.id, &["*"]).await;
    assert_eq!((status, &made["kind"]), (StatusCode::CREATED, &json!("machine")));
    assert_eq!(made["created_by"]["kind"], json!("platform"));
    let (status, _) = on(acme.id, &["tenants:read"]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    let (status, made) = on(TenantId::PLATFORM, &["tenants:read"]).await;
    assert_eq!((status, &made["kind"]), (StatusCode::CREATED, &json!("platform")));
    let key = text(&made, "api_key");
    assert!(key.starts_with("gw_platform_"));
    assert_eq!(app.get("/v1/admin/tenants", &key).await.0, StatusCode::OK);
    let refused = app.post("/v1/admin/tenants", &key, json!({ "name": "x" })).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN);
}
