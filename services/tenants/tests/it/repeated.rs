//! What `Idempotency-Key` promises, on routes whose answers hold secrets.

use axum::http::{HeaderValue, Method, StatusCode};
use chrono::TimeDelta;
use futures::{FutureExt as _, future::join_all};
use gw_kernel::{Scope, ScopeSet};
use gw_tenants::Tenants;
use gw_testkit::{App, Database, Repeatable, TestTenant};
use serde_json::{Value, json};

use crate::{kinds, text};

const KEYS: &str = "/v1/admin/api-keys";

fn wanted(name: &str) -> Value {
    json!({ "name": name, "scopes": ["gates:read"], "expires_at": null })
}

fn order(key: &str) -> Repeatable {
    Repeatable::post(KEYS, key, wanted("deploy"))
}

/// The status, the body, and whether it was answered before.
async fn ask(app: &App, sent: &Repeatable, key: &str) -> (u16, Value, bool) {
    let answer = app.repeatable(sent, key).await;
    let replayed = answer.headers().contains_key("idempotency-replayed");
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap(), replayed)
}

async fn world() -> (Database, TestTenant, App) {
    let db = gw_testkit::database().await;
    let (acme, app) = (db.tenant("acme").await, gw_testkit::app::<Tenants>(&db).await);
    (db, acme, app)
}

/// How many answers are kept, of all tenants.
async fn kept(db: &Database) -> i64 {
    let count = sqlx::query_scalar("select count(*) from gw.requests");
    count.fetch_one(&db.owner().await).await.unwrap()
}

#[tokio::test]
async fn a_secret_that_is_shown_once_is_shown_to_the_same_request_again() {
    let (db, acme, app) = world().await;
    let (status, first, replayed) = ask(&app, &order(&acme.api_key), "k").await;
    assert_eq!((status, replayed), (201, false), "{first}");
    db.clock.advance(TimeDelta::hours(23));
    // Another spelling of the same request.
    let members = r#"{"scopes":["gates:read"], "expires_at": null, "name":"deplo\u0079"}"#;
    let spelled =
        Repeatable { body: Some(serde_json::from_str(members).unwrap()), ..order(&acme.api_key) };
    assert_eq!(ask(&app, &spelled, "k").await, (201, first.clone(), true));
    assert_eq!(kinds(&db, acme.id).await, ["api_key.created.v1"]);

    let secret = text(&first, "api_key");
    assert!(app.get("/v1/admin/tenants", &secret).await.0 != StatusCode::UNAUTHORIZED);
    let rows: String = sqlx::query_scalar("select string_agg(r::text, '') from gw.requests r")
        .fetch_one(&db.owner().await)
        .await
        .unwrap();
    assert!(!rows.contains(&hex(&secret)) && !rows.contains(&secret));
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn another_request_under_the_key_is_refused_and_does_nothing() {
    let (db, acme, app) = world().await;
    ask(&app, &order(&acme.api_key), "k").await;
    let others = [
        Repeatable { body: Some(wanted("other")), ..order(&acme.api_key) },
        Repeatable { path: format!("{KEYS}?x=1"), ..order(&acme.api_key) },
        Repeatable { path: format!("{KEYS}/{}/revoke", acme.key), ..order(&acme.api_key) },
        order(&acme.api_key).with("if-match", "*"),
    ];
    for other in others {
        let (status, problem, _) = ask(&app, &other, "k").await;
        let refused = if other.path.ends_with("revoke") { 400 } else { 409 };
        assert_eq!(status, refused, "{problem}");
        if status == 409 {
            assert_eq!(problem["code"], "check.idempotency_conflict");
        }
    }
    assert_eq!(kinds(&db, acme.id).await.len(), 1);
    assert_eq!(ask(&app, &order(&acme.api_key), "K").await.0, 201);
    assert_eq!(kinds(&db, acme.id).await.len(), 2);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let (db, acme, app) = world().await;
    for (key, code) in [("", "request.invalid_value"), (&"k".repeat(257), "request.too_long")] {
        let (status, problem, _) = ask(&app, &order(&acme.api_key), key).await;
        assert_eq!((status, &problem["code"]), (400, &json!(code)));
    }
    let bytes = HeaderValue::from_bytes(b"\xff").unwrap();
    let mut latin = order(&acme.api_key);
    latin.headers.insert("idempotency-key", bytes);
    let two = order(&acme.api_key).with("idempotency-key", "other");
    for (sent, code) in [(latin, "request.invalid_value"), (two, "idempotency.ambiguous")] {
        let (status, problem, _) = ask(&app, &sent, "k").await;
        assert_eq!((status, &problem["code"]), (400, &json!(code)));
    }
    assert_eq!((kinds(&db, acme.id).await.len(), kept(&db).await), (0, 0));
    for key in ["k".repeat(256), "ключ".to_owned()] {
        assert_eq!(ask(&app, &order(&acme.api_key), &key).await.0, 201);
    }
    // What changes nothing has no use for a key, and is not kept.
    let mut list = order(&acme.api_key).by(Method::GET);
    list.body = None;
    assert_eq!(ask(&app, &list, "k").await.0, 200);
    assert_eq!(kept(&db).await, 2);
}

#[tokio::test]
async fn twenty_twins_at_once_are_one() {
    let (db, acme, app) = world().await;
    let other = gw_testkit::app::<Tenants>(&db).await;
    let sent = order(&acme.api_key);
    let one = async |app: &App| loop {
        let (status, body, _) = ask(app, &sent, "k").await;
        match status {
            201 => return text(&body, "api_key"),
            // A busy machine: a twin was waited for too long, or no connection was free.
            409 => assert_eq!(body["code"], "idempotency.pending"),
            _ => assert_eq!(status, 503, "{body}"),
        }
    };
    let keys = join_all((0..20).map(|i| one(if i % 2 == 0 { &app } else { &other }))).await;
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!((kinds(&db, acme.id).await.len(), kept(&db).await), (1, 1));
}

#[tokio::test]
async fn a_twin_that_does_not_end_is_not_waited_for_for_ever() {
    let (db, acme, app) = world().await;
    let owner = db.owner().await;
    let mut stuck = owner.begin().await.unwrap();
    // As a twin does that has begun and does not end.
    sqlx::query(
        "select pg_advisory_xact_lock(hashtextextended(
            format('gw.requests %s %s %s', $1::text, $2::text, encode(sha256('k'), 'hex')), 0))",
    )
    .bind(acme.id.to_string())
    .bind(acme.key.to_string())
    .execute(&mut *stuck)
    .await
    .unwrap();
    let answer = app.repeatable(&order(&acme.api_key), "k").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(answer.headers()["retry-after"], "1");
    let problem: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(problem["code"], "idempotency.pending");
    drop(stuck);
    assert_eq!(ask(&app, &order(&acme.api_key), "k").await.0, 201);
}

#[tokio::test]
async fn a_key_is_its_callers_alone() {
    let (db, acme, app) = world().await;
    let other = db.tenant("other").await;
    let everything = ScopeSet::from_iter([Scope::All]);
    let (_, second) = db.api_key(acme.id, &everything, "machine").await;
    let mut made = Vec::new();
    for key in [&acme.api_key, &second, &other.api_key] {
        let (status, body, replayed) = ask(&app, &order(key), "k").await;
        assert_eq!((status, replayed), (201, false));
        made.push(text(&body, "key_id"));
    }
    made.dedup();
    assert_eq!(made.len(), 3);
    assert_eq!(kept(&db).await, 3);
}

#[tokio::test]
async fn rights_are_looked_at_afresh_before_anything_is_said_again() {
    let (db, acme, app) = world().await;
    let staff = db.platform().await;
    let everything = ScopeSet::from_iter([Scope::All]);
    let (id, key) = db.api_key(acme.id, &everything, "machine").await;
    assert_eq!(ask(&app, &order(&key), "k").await.0, 201);
    let suspend = format!("/v1/admin/tenants/{}", acme.id);
    app.post(&format!("{suspend}/suspend"), &staff.api_key, json!({})).await;
    let (status, problem, replayed) = ask(&app, &order(&key), "k").await;
    assert_eq!((status, &problem["code"], replayed), (403, &json!("tenant.suspended"), false));
    app.post(&format!("{suspend}/resume"), &staff.api_key, json!({})).await;
    assert_eq!(ask(&app, &order(&key), "k").await.0, 201);

    let lose = "update tenants.api_keys set scopes = '{gates:read}' where key_id = $1";
    sqlx::query(lose).bind(id.uuid()).execute(&db.owner().await).await.unwrap();
    let (status, problem, _) = ask(&app, &order(&key), "k").await;
    assert_eq!((status, &problem["required_scope"]), (403, &json!("api_keys:write")));
    app.delete(&format!("{KEYS}/{id}"), &acme.api_key).await;
    let (status, problem, _) = ask(&app, &order(&key), "k").await;
    assert_eq!((status, &problem["code"]), (401, &json!("caller.unknown")));
}

#[tokio::test]
async fn what_was_refused_is_not_kept_and_acts_when_it_can() {
    let (db, acme, app) = world().await;
    let operator = json!({ "name": "Ann", "mail": "ann@acme.example", "roles": ["viewer"] });
    let sent = Repeatable::post("/v1/admin/operators", &acme.api_key, operator.clone());
    app.post("/v1/admin/operators", &acme.api_key, operator).await;
    assert_eq!(ask(&app, &sent, "k").await.0, 409);
    let (status, problem, _) = ask(&app, &sent, "k").await;
    assert_eq!((status, &problem["code"]), (409, &json!("operator.mail_taken")));
    assert_eq!(kept(&db).await, 0);
    let free = "update tenants.operators set mail = 'bob@acme.example'";
    sqlx::query(free).execute(&db.owner().await).await.unwrap();
    assert_eq!(ask(&app, &sent, "k").await.0, 201);
    assert!(ask(&app, &sent, "k").await.2);
    assert_eq!(kinds(&db, acme.id).await.len(), 2);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day_and_then_removed() {
    let (db, acme, app) = world().await;
    let (_, first, _) = ask(&app, &order(&acme.api_key), "k").await;
    ask(&app, &order(&acme.api_key), "old").await;
    db.clock.advance(TimeDelta::hours(24) - TimeDelta::microseconds(1));
    assert!(ask(&app, &order(&acme.api_key), "k").await.2);
    db.clock.advance(TimeDelta::microseconds(1));
    let (status, second, replayed) = ask(&app, &order(&acme.api_key), "k").await;
    assert_eq!((status, replayed), (201, false));
    assert_ne!(first["key_id"], second["key_id"]);
    assert!(ask(&app, &order(&acme.api_key), "k").await.2);
    // The other one went on the way.
    assert_eq!((kinds(&db, acme.id).await.len(), kept(&db).await), (3, 1));
}

#[tokio::test]
async fn the_platforms_requests_are_its_own_whatever_tenant_they_are_about() {
    let (db, acme, app) = world().await;
    let (other, staff) = (db.tenant("other").await, db.platform().await);
    let sent = Repeatable::post("/v1/admin/tenants", &staff.api_key, json!({ "name": "New" }));
    let (status, made, _) = ask(&app, &sent, "k").await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(ask(&app, &sent, "k").await, (201, made, true));

    let named = |tenant: &TestTenant| {
        order(&staff.api_key).with("gatewright-tenant", &tenant.id.to_string())
    };
    let (status, made, _) = ask(&app, &named(&acme), "of acme").await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(ask(&app, &named(&acme), "of acme").await, (201, made, true));
    let (status, problem, _) = ask(&app, &named(&other), "of acme").await;
    assert_eq!((status, &problem["code"]), (409, &json!("check.idempotency_conflict")));
    assert_eq!(kinds(&db, acme.id).await, ["api_key.created.v1"]);
    assert_eq!(kinds(&db, other.id).await, [""; 0]);
    assert_eq!(kinds(&db, staff.id).await, ["tenant.created.v1", "api_key.created.v1"]);
}

#[tokio::test]
async fn a_caller_that_hangs_up_leaves_all_or_nothing() {
    let (db, acme, app) = world().await;
    for steps in 1..60 {
        let key = format!("after {steps}");
        let sent = order(&acme.api_key);
        let mut request = Box::pin(app.repeatable(&sent, &key));
        for _ in 0..steps {
            if (&mut request).now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
            tokio::time::sleep(std::time::Duration::from_micros(300)).await;
        }
        drop(request);
        let (status, body, _) = ask(&app, &sent, &key).await;
        assert_eq!(status, 201, "{body}");
    }
    assert_eq!((kinds(&db, acme.id).await.len(), kept(&db).await), (59, 59));
}
