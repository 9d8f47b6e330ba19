//! Operators change, and what their keys may do changes with them.

use axum::http::StatusCode;
use gw_kernel::{Scope, ScopeSet};
use gw_tenants::Tenants;
use gw_testkit::{App, TestTenant};
use serde_json::{Value, json};

use crate::{kinds, log, text};

const OPERATORS: &str = "/v1/admin/operators";

/// The path of a new operator, and a key of the operator's for everything that the roles allow.
async fn operator(
    app: &App,
    owner: &str,
    name: &str,
    role: &str,
    scopes: &[&str],
) -> (String, String) {
    let body = json!({ "name": name, "mail": format!("{name}@example.com"), "roles": [role] });
    let (status, made) = app.post(OPERATORS, owner, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let body = json!({ "name": name, "scopes": scopes, "operator_id": made["operator_id"] });
    let (status, key) = app.post("/v1/admin/api-keys", owner, body).await;
    assert_eq!(status, StatusCode::CREATED, "{key}");
    (format!("{OPERATORS}/{}", text(&made, "operator_id")), text(&key, "api_key"))
}

async fn roles(app: &App, path: &str, key: &str, roles: &[&str]) -> (u16, Value) {
    let (status, answer) = app.patch(path, key, "*", json!({ "roles": roles })).await;
    (status.as_u16(), answer)
}

fn refused(answer: &(StatusCode, Value)) -> (u16, &Value) {
    (answer.0.as_u16(), &answer.1["code"])
}

#[tokio::test]
async fn a_role_that_is_taken_away_takes_the_rights_of_the_operators_keys() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (ada, hers) = operator(&app, &acme.api_key, "ada", "admin", &["api_keys:read"]).await;
    assert_eq!(app.get("/v1/admin/api-keys", &hers).await.0, StatusCode::OK);

    let (status, changed) = roles(&app, &ada, &acme.api_key, &["viewer", "viewer"]).await;
    assert_eq!((status, &changed["roles"]), (200, &json!(["viewer"])), "{changed}");
    let answer = app.get("/v1/admin/api-keys", &hers).await;
    assert_eq!(refused(&answer), (403, &json!("caller.forbidden")));
    assert_eq!(answer.1["required_scope"], json!("api_keys:read"));

    let (kind, event) = log(&db, acme.id).await.pop().unwrap();
    assert_eq!((kind.as_str(), &event["moves_epoch"]), ("operator.updated.v1", &json!(true)));
    assert_eq!((&event["roles"], &event["state"]), (&json!(["viewer"]), &json!("active")));
    assert_eq!(roles(&app, &ada, &acme.api_key, &["admin"]).await.0, 200);
    assert_eq!(app.get("/v1/admin/api-keys", &hers).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_keys_of_a_suspended_operator_are_refused_until_it_is_resumed() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (ada, hers) = operator(&app, &acme.api_key, "ada", "admin", &["gates:read"]).await;
    let say = async |verb: &str| {
        let path = format!("{ada}/{verb}");
        app.post(&path, &acme.api_key, json!({ "reason": verb })).await
    };
    let (_, suspended) = say("suspend").await;
    assert_eq!(
        (&suspended["state"], &suspended["state_reason"]),
        (&json!("suspended"), &json!("suspend"))
    );
    let answer = app.get("/v1/admin/api-keys", &hers).await;
    assert_eq!(refused(&answer), (403, &json!("operator.suspended")));
    let entries = kinds(&db, acme.id).await;
    assert_eq!(entries.last().unwrap(), "operator.suspended.v1");
    let (status, again) = say("suspend").await;
    assert_eq!((status, &again["epoch"]), (StatusCode::OK, &suspended["epoch"]));
    assert_eq!(kinds(&db, acme.id).await, entries, "again changes nothing");

    let (_, resumed) = say("resume").await;
    assert_eq!(resumed["state"], json!("active"));
    assert_eq!(kinds(&db, acme.id).await.last().unwrap(), "operator.resumed.v1");
    let answer = app.get("/v1/admin/api-keys", &hers).await;
    assert_eq!(refused(&answer), (403, &json!("caller.forbidden")));
}

#[tokio::test]
async fn the_last_active_owner_stays_one() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (ada, _) = operator(&app, &acme.api_key, "ada", "owner", &["*"]).await;
    let (bob, _) = operator(&app, &acme.api_key, "bob", "owner", &["*"]).await;
    let suspend = async |who: &str, verb: &str| {
        app.post(&format!("{who}/{verb}"), &acme.api_key, json!({})).await
    };
    assert_eq!(suspend(&bob, "suspend").await.0, StatusCode::OK);
    let entries = kinds(&db, acme.id).await;
    assert_eq!(refused(&suspend(&ada, "suspend").await), (409, &json!("operator.last_owner")));
    let (status, problem) = roles(&app, &ada, &acme.api_key, &["admin", "viewer"]).await;
    assert_eq!((status, &problem["code"]), (409, &json!("operator.last_owner")));
    assert_eq!(kinds(&db, acme.id).await, entries, "what is refused changes nothing");
    // A suspended owner is none: it can be demoted.
    assert_eq!(roles(&app, &bob, &acme.api_key, &["viewer"]).await.0, 200);
    assert_eq!(suspend(&bob, "resume").await.0, StatusCode::OK);
    assert_eq!(refused(&suspend(&ada, "suspend").await), (409, &json!("operator.last_owner")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    for round in 0..12 {
        let acme: TestTenant = db.tenant(&format!("acme-{round}")).await;
        let (ada, hers) = operator(&app, &acme.api_key, "ada", "owner", &["*"]).await;
        let (bob, his) = operator(&app, &acme.api_key, "bob", "owner", &["*"]).await;
        let suspend = format!("{bob}/suspend");
        let (one, two) = tokio::join!(roles(&app, &ada, &his, &["viewer"]), async {
            match round % 2 {
                0 => roles(&app, &bob, &hers, &["viewer"]).await,
                _ => {
                    let (status, answer) = app.post(&suspend, &hers, json!({})).await;
                    (status.as_u16(), answer)
                }
            }
        });
        let done = [&one, &two].into_iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(done, 1, "{one:?} {two:?}");
        let query = format!("{OPERATORS}?role=owner&state=active");
        let (_, left) = app.get(&query, &acme.api_key).await;
        assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
    }
}

#[tokio::test]
async fn nobody_changes_an_operator_who_may_do_more() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (ada, _) = operator(&app, &acme.api_key, "ada", "owner", &["*"]).await;
    let (bob, _) = operator(&app, &acme.api_key, "bob", "viewer", &["gates:read"]).await;
    let viewers =
        [Scope::GatesRead, Scope::KeypairsRead, Scope::CapabilitiesRead, Scope::KillSwitchRead];
    let scopes: ScopeSet = viewers.into_iter().chain([Scope::OperatorsWrite]).collect();
    let (_, limited) = db.api_key(acme.id, &scopes, "machine").await;
    let (status, problem) = roles(&app, &ada, &limited, &["viewer"]).await;
    assert_eq!((status, &problem["code"]), (403, &json!("operator.exceeds")));
    let answer = app.post(&format!("{ada}/suspend"), &limited, json!({})).await;
    assert_eq!(refused(&answer), (403, &json!("operator.exceeds")));
    let (status, problem) = roles(&app, &bob, &limited, &["admin"]).await;
    assert_eq!((status, &problem["code"]), (403, &json!("operator.role_exceeds")));
    let answer = app.patch(&bob, &limited, "*", json!({ "name": "Bob" })).await;
    assert_eq!((answer.0, &answer.1["name"]), (StatusCode::OK, &json!("Bob")));
}

#[tokio::test]
async fn bad_changes_of_an_operator_are_refused() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (ada, _) = operator(&app, &acme.api_key, "ada", "viewer", &["gates:read"]).await;
    operator(&app, &acme.api_key, "bob", "viewer", &["gates:read"]).await;
    let entries = kinds(&db, acme.id).await;
    let bad = [
        (json!({ "roles": [] }), 422, "operator.no_roles"),
        (json!({ "roles": ["root"] }), 400, "request.invalid_value"),
        (json!({ "mail": "nobody" }), 400, "request.invalid_value"),
        (json!({ "name": "" }), 400, "request.invalid_value"),
        (json!({ "mail": "BOB@example.com" }), 409, "operator.mail_taken"),
        (json!({ "state": "suspended" }), 400, "request.unknown_member"),
    ];
    for (body, status, code) in bad {
        let answer = app.patch(&ada, &acme.api_key, "*", body.clone()).await;
        assert_eq!(refused(&answer), (status, &json!(code)), "{body}");
    }
    let answer = app.patch(&ada, &acme.api_key, "\"old\"", json!({ "name": "A" })).await;
    assert_eq!(refused(&answer), (412, &json!("request.precondition_failed")));
    let answer = app.patch(&ada, &other.api_key, "*", json!({ "name": "A" })).await;
    assert_eq!(refused(&answer), (404, &json!("operator.not_found")));
    assert_eq!(kinds(&db, acme.id).await, entries);
}

#[tokio::test]
async fn operators_are_found_by_role_and_state() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    operator(&app, &acme.api_key, "ada", "admin", &["gates:read"]).await;
    let (bob, _) = operator(&app, &acme.api_key, "bob", "viewer", &["gates:read"]).await;
    app.post(&format!("{bob}/suspend"), &acme.api_key, json!({})).await;
    let expected = [
        ("?role=admin", vec!["ada"]),
        ("?role=owner", vec![]),
        ("?state=suspended", vec!["bob"]),
        ("?state=active&role=viewer", vec![]),
    ];
    for (query, names) in expected {
        let (status, list) = app.get(&format!("{OPERATORS}{query}"), &acme.api_key).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        let found: Vec<_> =
            list["items"].as_array().unwrap().iter().map(|o| text(o, "name")).collect();
        assert_eq!(found, names, "{query}");
    }
    let (status, problem) = app.get(&format!("{OPERATORS}?role=root"), &acme.api_key).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &json!("request.invalid_query"))
    );
}
