use axum::http::StatusCode;
use gw_kernel::{Scope, ScopeSet};
use gw_tenants::Tenants;
use serde_json::json;

use crate::{log, text};

const OPERATORS: &str = "/v1/admin/operators";

#[tokio::test]
async fn an_operator_is_made_once_for_each_mailbox() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let ada =
        json!({ "name": "Ada", "mail": "ada@example.com", "roles": ["viewer", "admin", "viewer"] });
    let (status, made) = app.post(OPERATORS, &acme.api_key, ada.clone()).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["roles"], json!(["admin", "viewer"]));
    let path = format!("{OPERATORS}/{}", text(&made, "operator_id"));
    let (status, mut read) = app.get(&path, &acme.api_key).await;
    assert_eq!(status, StatusCode::OK);
    read["epoch"] = made["epoch"].clone();
    assert_eq!(read, made);

    let shouted = json!({ "name": "A", "mail": "ADA@example.com", "roles": ["viewer"] });
    let (status, problem) = app.post(OPERATORS, &acme.api_key, shouted).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("operator.mail_taken")));
    assert_eq!(app.post(OPERATORS, &other.api_key, ada).await.0, StatusCode::CREATED);

    let (kind, event) = log(&db, acme.id).await.pop().unwrap();
    assert_eq!(kind, "operator.created.v1");
    assert_eq!(event["actor"]["key_id"], json!(acme.key));
}

#[tokio::test]
async fn operators_are_found_by_name_and_mail() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    for (name, mail) in [("Ada", "ada@example.com"), ("Bob_1", "bob@example.com")] {
        db.clock.advance(chrono::TimeDelta::seconds(1));
        let body = json!({ "name": name, "mail": mail, "roles": ["viewer"] });
        assert_eq!(app.post(OPERATORS, &acme.api_key, body).await.0, StatusCode::CREATED);
    }
    let expected = [
        ("", vec!["Bob_1", "Ada"]),
        ("?name_contains=aD", vec!["Ada"]),
        ("?name_contains=_", vec!["Bob_1"]),
        ("?mail=BOB@example.com", vec!["Bob_1"]),
        ("?mail=bob@example", vec![]),
    ];
    for (query, names) in expected {
        let (status, list) = app.get(&format!("{OPERATORS}{query}"), &acme.api_key).await;
        assert_eq!(status, StatusCode::OK);
        let found: Vec<_> =
            list["items"].as_array().unwrap().iter().map(|o| text(o, "name")).collect();
        assert_eq!(found, names, "{query}");
    }
    let (_, first) = app.get(&format!("{OPERATORS}?limit=1"), &acme.api_key).await;
    let next = format!("{OPERATORS}?limit=1&cursor={}", text(&first, "next_cursor"));
    let (_, second) = app.get(&next, &acme.api_key).await;
    assert_eq!(second["items"][0]["name"], json!("Ada"));
}

#[tokio::test]
async fn bad_operators_are_refused() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let bad = [
        (
            json!({ "name": "A", "mail": "nobody", "roles": ["viewer"] }),
            400,
            "request.invalid_value",
        ),
        (json!({ "name": "A", "mail": "a@b", "roles": ["root"] }), 400, "request.invalid_value"),
        (json!({ "name": "A", "mail": "a@b" }), 400, "request.missing_member"),
        (json!({ "name": "A", "mail": "a@b", "roles": [] }), 422, "operator.no_roles"),
        (
            json!({ "name": "A", "mail": "a@b", "roles": ["viewer"], "x": 1 }),
            400,
            "request.unknown_member",
        ),
    ];
    for (body, status, code) in bad {
        let (answered, problem) = app.post(OPERATORS, &acme.api_key, body.clone()).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{body}");
    }
    assert!(log(&db, acme.id).await.is_empty());
}

#[tokio::test]
async fn nobody_gives_a_role_that_reaches_further_than_they_do() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let viewers =
        [Scope::GatesRead, Scope::KeypairsRead, Scope::CapabilitiesRead, Scope::KillSwitchRead];
    let scopes: ScopeSet = viewers.into_iter().chain([Scope::OperatorsWrite]).collect();
    let (_, limited) = db.api_key(acme.id, &scopes, "machine").await;
    let body = |role: &str| json!({ "name": "A", "mail": "a@b", "roles": [role] });
    let (status, problem) = app.post(OPERATORS, &limited, body("owner")).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("operator.role_exceeds"))
    );
    assert_eq!(app.post(OPERATORS, &limited, body("viewer")).await.0, StatusCode::CREATED);
}
