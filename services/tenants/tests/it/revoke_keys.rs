//! Several keys are revoked together, or none of them.

use axum::http::StatusCode;
use futures::future::join_all;
use gw_kernel::ApiKeyId;
use gw_tenants::Tenants;
use gw_testkit::App;
use serde_json::{Value, json};

use crate::{kinds, text, update::gate};

const KEYS: &str = "/v1/admin/api-keys";
const REVOKE: &str = "/v1/admin/api-keys/revoke";

async fn key(app: &App, by: &str, mut body: Value) -> (String, String) {
    body["name"] = json!("k");
    let (status, made) = app.post(KEYS, by, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    (text(&made, "key_id"), text(&made, "api_key"))
}

fn machine() -> Value {
    json!({ "scopes": ["api_keys:read"] })
}

#[tokio::test]
async fn keys_that_are_named_end_together_and_each_is_answered() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (one, text_of_one) = key(&app, &acme.api_key, machine()).await;
    let (two, text_of_two) = key(&app, &acme.api_key, machine()).await;
    let first = json!({ "reason": "first" });
    app.post(&format!("{KEYS}/{one}/revoke"), &acme.api_key, first).await;
    let entries = kinds(&db, acme.id).await.len();

    let body = json!({ "keys": [one, two], "reason": "lost" });
    let (status, answer) = app.post(REVOKE, &acme.api_key, body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let mut told: Vec<_> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(item, "key_id"), text(item, "state"), text(item, "revoked_reason")))
        .collect();
    told.sort();
    let mut expected =
        [(one, "first"), (two, "lost")].map(|(id, why)| (id, "revoked".to_owned(), why.to_owned()));
    expected.sort();
    assert_eq!(told, expected);
    for key in [text_of_one, text_of_two] {
        assert_eq!(app.get(KEYS, &key).await.0, StatusCode::UNAUTHORIZED);
    }
    let now = kinds(&db, acme.id).await;
    assert_eq!((now.len(), now.last().unwrap().as_str()), (entries + 1, "api_key.revoked.v1"));
    let (status, again) = app.post(REVOKE, &acme.api_key, body).await;
    assert_eq!((status, &again["epoch"]), (StatusCode::OK, &answer["epoch"]));
    assert_eq!(kinds(&db, acme.id).await, now, "again changes nothing");
}

#[tokio::test]
async fn all_keys_of_an_operator_end_and_nobody_elses() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let ada = json!({ "name": "Ada", "mail": "ada@example.com", "roles": ["admin"] });
    let (_, ada) = app.post("/v1/admin/operators", &acme.api_key, ada).await;
    let of_ada = json!({ "scopes": ["api_keys:read"], "operator_id": ada["operator_id"] });
    let (_, hers) = key(&app, &acme.api_key, of_ada.clone()).await;
    let (_, also_hers) = key(&app, &acme.api_key, of_ada).await;
    let (_, machine) = key(&app, &acme.api_key, machine()).await;
    for (kind, count) in [("operator", 2), ("machine", 2), ("platform", 0)] {
        let (_, list) = app.get(&format!("{KEYS}?kind={kind}"), &acme.api_key).await;
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{kind}");
    }
    let body = json!({ "operator_id": ada["operator_id"] });
    let (status, answer) = app.post(REVOKE, &acme.api_key, body).await;
    assert_eq!((status, answer["items"].as_array().unwrap().len()), (StatusCode::OK, 2));
    for key in [hers, also_hers] {
        assert_eq!(app.get(KEYS, &key).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(app.get(KEYS, &machine).await.0, StatusCode::OK);
}

#[tokio::test]
async fn where_one_key_cannot_be_revoked_none_is() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (one, good) = key(&app, &acme.api_key, machine()).await;
    let front = gate(&db, acme.id, None).await;
    let limited = json!({ "scopes": ["api_keys:write"], "gates": [front] });
    let (_, limited) = key(&app, &acme.api_key, limited).await;
    let entries = kinds(&db, acme.id).await;
    let unknown: ApiKeyId = db.new_id();
    let bad = [
        (json!({ "keys": [one, other.key] }), 404, "api_key.not_found"),
        (json!({ "keys": [one, unknown] }), 404, "api_key.not_found"),
        (json!({}), 422, "api_key.keys_count"),
        (json!({ "keys": [] }), 422, "api_key.keys_count"),
        (json!({ "keys": vec![&one; 1_001] }), 422, "api_key.keys_count"),
        (json!({ "keys": ["x"] }), 400, "request.invalid_value"),
        (json!({ "keys": [one], "operator": "x" }), 400, "request.unknown_member"),
    ];
    for (body, status, code) in bad {
        let (answered, problem) = app.post(REVOKE, &acme.api_key, body).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
    }
    let (status, problem) = app.post(REVOKE, &limited, json!({ "keys": [one] })).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("api_key.gates_exceed")));
    assert_eq!(kinds(&db, acme.id).await, entries);
    assert_eq!(app.get(KEYS, &good).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_revokes_several_at_once_waits_for_nobody_in_a_circle() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let mut keys = Vec::new();
    for _ in 0..6 {
        keys.push(key(&app, &acme.api_key, machine()).await.0);
    }
    let calls = (0..12).map(|n| {
        let mut named = keys.clone();
        named.rotate_left(n % keys.len());
        let app = &app;
        let acme = &acme;
        async move {
            if n % 3 == 0 {
                let path = format!("{KEYS}/{}/revoke", named[0]);
                return app.post(&path, &acme.api_key, json!({})).await.0;
            }
            app.post(REVOKE, &acme.api_key, json!({ "keys": named })).await.0
        }
    });
    assert!(join_all(calls).await.into_iter().all(|status| status == StatusCode::OK));
    let revoked = kinds(&db, acme.id).await;
    let revoked = revoked.iter().filter(|kind| *kind == "api_key.revoked.v1").count();
    assert_eq!(revoked, keys.len(), "each once");
}
