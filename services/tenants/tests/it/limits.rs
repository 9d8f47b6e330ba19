//! A limit of N is N, whoever else adds something at the same moment.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures::future::join_all;
use gw_kernel::{Clock as _, TenantId};
use gw_tenants::{Limits, Tenants, TenantsConfig};
use gw_testkit::{App, Database};
use serde_json::{Value, json};

use crate::{kinds, log, tenant_id, text};

const OWN: &str = "/v1/admin/limits";
const KEYS: &str = "/v1/admin/api-keys";
const OPERATORS: &str = "/v1/admin/operators";

fn limits(api_keys: u32, operators: u32) -> Value {
    json!({ "checks_per_second": 50, "gates": 3, "api_keys": api_keys, "operators": operators,
        "retention_days": 30 })
}

/// Sets limits as the platform does; the status, and what is answered.
async fn put(app: &App, staff: &str, tenant: TenantId, body: Value, tag: &str) -> (u16, Value) {
    let request = Request::put(format!("/v1/admin/tenants/{tenant}/limits"))
        .header(header::AUTHORIZATION, format!("Bearer {staff}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, tag);
    let answer = app.send(request.body(Body::from(body.to_string())).unwrap()).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

async fn setup() -> (Database, App) {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    (db, app)
}

fn key(name: &str) -> Value {
    json!({ "name": name, "scopes": ["gates:read"] })
}

fn operator(n: usize) -> Value {
    json!({ "name": "O", "mail": format!("o{n}@example.com"), "roles": ["viewer"] })
}

#[tokio::test]
async fn the_platform_sets_what_a_tenant_may_have_and_the_tenant_reads_it() {
    let (db, app) = setup().await;
    let (staff, acme) = (db.platform().await, db.tenant("acme").await);
    let (status, own) = app.get(OWN, &acme.api_key).await;
    assert_eq!(status, StatusCode::OK);
    let compiled = serde_json::to_value(Limits::default()).unwrap();
    for (name, number) in compiled.as_object().unwrap() {
        assert_eq!(&own[name], number, "the view and the configuration agree on {name}");
    }

    let (status, set) = put(&app, &staff.api_key, acme.id, limits(7, 5), "*").await;
    assert_eq!((status, &set["operators"]), (200, &json!(5)), "{set}");
    for log in [&log(&db, acme.id).await, &log(&db, TenantId::PLATFORM).await] {
        let (kind, event) = log.last().unwrap();
        assert_eq!(kind, "tenant.limits_changed.v1");
        assert_eq!(
            (&event["limits"]["api_keys"], &event["moves_epoch"]),
            (&json!(7), &json!(true))
        );
    }
    let (_, mut own) = app.get(OWN, &acme.api_key).await;
    own["epoch"] = set["epoch"].clone();
    assert_eq!(own, set);
    let path = format!("/v1/admin/tenants/{}/limits", acme.id);
    assert_eq!(app.get(&path, &staff.api_key).await.1["gates"], json!(3));
}

#[tokio::test]
async fn bad_limits_are_refused_and_change_nothing() {
    let (db, app) = setup().await;
    let (staff, acme) = (db.platform().await, db.tenant("acme").await);
    let before = kinds(&db, acme.id).await;
    let with = |member: &str, value: Value| {
        let mut body = limits(7, 5);
        body[member] = value;
        body
    };
    let mut without = limits(7, 5);
    without.as_object_mut().unwrap().remove("gates");
    let bad = [
        (with("checks_per_second", json!(0)), 400, "request.invalid_value"),
        (with("gates", json!(1_000_001)), 400, "request.invalid_value"),
        (with("retention_days", json!(36_501)), 400, "request.invalid_value"),
        (with("operators", json!("many")), 400, "request.wrong_type"),
        (with("x", json!(1)), 400, "request.unknown_member"),
        (without, 400, "request.missing_member"),
    ];
    for (body, status, code) in bad {
        let answer = put(&app, &staff.api_key, acme.id, body.clone(), "*").await;
        assert_eq!((answer.0, &answer.1["code"]), (status, &json!(code)), "{body}");
    }
    let (status, problem) = put(&app, &staff.api_key, acme.id, limits(1, 1), "\"old\"").await;
    assert_eq!((status, &problem["code"]), (412, &json!("request.precondition_failed")));
    let (status, problem) = put(&app, &staff.api_key, TenantId::PLATFORM, limits(1, 1), "*").await;
    assert_eq!((status, &problem["code"]), (409, &json!("tenant.is_platform")));
    let (status, problem) = put(&app, &acme.api_key, acme.id, limits(1, 1), "*").await;
    assert_eq!((status, &problem["code"]), (403, &json!("caller.forbidden")), "not one's own");
    assert_eq!(kinds(&db, acme.id).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_as_many_are_made_as_there_is_room_for() {
    let (db, app) = setup().await;
    let (staff, acme) = (db.platform().await, db.tenant("acme").await);
    // One of the keys is the tenant's first.
    put(&app, &staff.api_key, acme.id, limits(4, 3), "*").await;
    let keys = join_all((0..12).map(|_| app.post(KEYS, &acme.api_key, key("k")))).await;
    let people = (0..12).map(|n| app.post(OPERATORS, &acme.api_key, operator(n)));
    let people = join_all(people).await;
    for (answers, made, code) in [(&keys, 3, "limit.api_keys"), (&people, 3, "limit.operators")] {
        let good = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
        assert_eq!(good, made, "{answers:?}");
        for (status, problem) in answers.iter().filter(|(status, _)| !status.is_success()) {
            assert_eq!((status.as_u16(), &problem["code"]), (409, &json!(code)));
        }
    }
}

#[tokio::test]
async fn what_has_ended_makes_room() {
    let (db, app) = setup().await;
    let (staff, acme) = (db.platform().await, db.tenant("acme").await);
    put(&app, &staff.api_key, acme.id, limits(2, 1), "*").await;
    let (_, made) = app.post(KEYS, &acme.api_key, key("one")).await;
    assert_eq!(app.post(KEYS, &acme.api_key, key("two")).await.0, StatusCode::CONFLICT);
    app.delete(&format!("{KEYS}/{}", text(&made, "key_id")), &acme.api_key).await;
    let mut ends = key("two");
    ends["expires_at"] = json!(gw_kernel::rfc3339(db.clock.now() + chrono::TimeDelta::seconds(60)));
    assert_eq!(app.post(KEYS, &acme.api_key, ends).await.0, StatusCode::CREATED);
    assert_eq!(app.post(KEYS, &acme.api_key, key("three")).await.0, StatusCode::CONFLICT);
    db.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(app.post(KEYS, &acme.api_key, key("three")).await.0, StatusCode::CREATED);

    let (_, ann) = app.post(OPERATORS, &acme.api_key, operator(1)).await;
    let ann = format!("{OPERATORS}/{}", text(&ann, "operator_id"));
    app.post(&format!("{ann}/suspend"), &acme.api_key, json!({})).await;
    assert_eq!(app.post(OPERATORS, &acme.api_key, operator(2)).await.0, StatusCode::CREATED);
    let (status, problem) = app.post(&format!("{ann}/resume"), &acme.api_key, json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("limit.operators")));
}

#[tokio::test]
async fn a_new_tenant_has_what_the_configuration_says() {
    let db = gw_testkit::database().await;
    let staff = db.platform().await;
    let new_tenant_limits = Limits { gates: 2, ..Limits::default() };
    let config = TenantsConfig { new_tenant_limits };
    let app = App::build::<Tenants>(&db, config).await;
    let body = json!({ "name": "Acme" });
    let (_, made) = app.post("/v1/admin/tenants", &staff.api_key, body).await;
    let (_, own) = app.get(OWN, &text(&made, "api_key")).await;
    assert_eq!((&own["gates"], &own["operators"]), (&json!(2), &json!(1_000)));
    let (kind, event) = log(&db, tenant_id(&made)).await.remove(0);
    assert_eq!((kind.as_str(), &event["limits"]["gates"]), ("tenant.created.v1", &json!(2)));
}
