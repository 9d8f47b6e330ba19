use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use gw_kernel::{GateId, TenantId};
use gw_tenants::Tenants;
use gw_testkit::{App, Database};
use serde_json::{Value, json};

use crate::{kinds, log};

/// The tenant's current tag.
async fn etag(app: &App, path: &str, key: &str) -> String {
    let request = Request::get(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::empty())
        .unwrap();
    let answer = app.send(request).await;
    answer.headers()[header::ETAG].to_str().unwrap().to_owned()
}

/// A gate that another service made.
pub(crate) async fn gate(db: &Database, tenant: TenantId, slug: Option<&str>) -> GateId {
    let id: GateId = db.new_id();
    sqlx::query(
        "insert into gates.gates (tenant_id, id, slug, name, profile, mode, signing,
             is_discoverable, state, created_at, updated_at, created_by_kind, created_by_id)
         values ($1, $2, $3, 'g', 'L1', 'enforce', 'each', false, 'active', now(), now(),
             'machine', 'test')",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .bind(slug)
    .execute(&db.owner().await)
    .await
    .unwrap();
    id
}

#[tokio::test]
async fn a_change_names_the_version_that_it_changes() {
    let db = gw_testkit::database().await;
    let (platform, acme) = (db.platform().await, db.tenant("acme").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = format!("/v1/admin/tenants/{}", acme.id);
    let rename = |name: &str| json!({ "name": name });

    let unconditional = Request::patch(&path)
        .header(header::AUTHORIZATION, format!("Bearer {}", platform.api_key))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(rename("x").to_string()))
        .unwrap();
    let refused = app.send(unconditional).await;
    assert_eq!(refused.status(), StatusCode::PRECONDITION_REQUIRED);

    let tag = etag(&app, &path, &platform.api_key).await;
    db.clock.advance(chrono::TimeDelta::seconds(1));
    let (status, changed) = app.patch(&path, &platform.api_key, &tag, rename("Acme Ltd")).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &json!("Acme Ltd")));
    let (status, problem) = app.patch(&path, &platform.api_key, &tag, rename("late")).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(problem["code"], json!("request.precondition_failed"));

    let (kind, event) = log(&db, acme.id).await.pop().unwrap();
    assert_eq!((kind.as_str(), &event["name"]), ("tenant.updated.v1", &json!("Acme Ltd")));
    assert_eq!(kinds(&db, TenantId::PLATFORM).await.last().unwrap(), "tenant.updated.v1");
}

#[tokio::test]
async fn the_tag_of_a_creation_is_good_for_the_first_change() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let request = Request::post("/v1/admin/tenants")
        .header(header::AUTHORIZATION, format!("Bearer {}", platform.api_key))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({ "name": "Acme" }).to_string()))
        .unwrap();
    let made = app.send(request).await;
    let head = |name: header::HeaderName| made.headers()[name].to_str().unwrap().to_owned();
    let (location, tag) = (head(header::LOCATION), head(header::ETAG));
    assert_eq!(head(header::CACHE_CONTROL), "no-store");
    assert_eq!(made.headers()["gatewright-epoch"], "2");
    let (status, _) = app.patch(&location, &platform.api_key, &tag, json!({ "name": "B" })).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_tenant_chooses_its_own_default_gate() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let edge = gate(&db, acme.id, Some("gate_edge")).await;
    let foreign = gate(&db, other.id, Some("gate_theirs")).await;
    let path = format!("/v1/admin/tenants/{}", acme.id);
    let set = async |gate: Value| {
        app.patch(&path, &acme.api_key, "*", json!({ "default_gate_id": gate })).await
    };
    for wanted in [json!(edge), json!("gate_edge")] {
        let (status, changed) = set(wanted).await;
        assert_eq!((status, &changed["default_gate_id"]), (StatusCode::OK, &json!(edge)));
    }
    let (status, unchanged) = app.patch(&path, &acme.api_key, "*", json!({ "name": "A" })).await;
    assert_eq!((status, &unchanged["default_gate_id"]), (StatusCode::OK, &json!(edge)));
    for wanted in [json!(foreign), json!("gate_theirs"), json!("nothing")] {
        let (status, problem) = set(wanted).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["code"], json!("tenant.gate_unknown"));
    }
    sqlx::query("update gates.gates set state = 'archived' where id = $1")
        .bind(gate(&db, acme.id, Some("gate_old")).await.uuid())
        .execute(&db.owner().await)
        .await
        .unwrap();
    let events = log(&db, acme.id).await.len();
    let (status, problem) = set(json!("gate_old")).await;
    let told = (status, &problem["code"], &problem["errors"][0]["pointer"]);
    let expected = (json!("tenant.gate_archived"), json!("/default_gate_id"));
    assert_eq!(told, (StatusCode::CONFLICT, &expected.0, &expected.1));
    let platform = db.platform().await;
    let by_platform = json!({ "default_gate_id": "gate_old", "name": "B" });
    let (status, problem) = app.patch(&path, &platform.api_key, "*", by_platform).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &expected.0));
    let (_, kept) = app.get(&path, &acme.api_key).await;
    assert_eq!((&kept["default_gate_id"], &kept["name"]), (&json!(edge), &json!("A")));
    assert_eq!(log(&db, acme.id).await.len(), events, "nothing was changed");
    let (status, cleared) = set(Value::Null).await;
    assert_eq!((status, &cleared["default_gate_id"]), (StatusCode::OK, &Value::Null));
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_wins() {
    let db = gw_testkit::database().await;
    let (platform, acme) = (db.platform().await, db.tenant("acme").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = format!("/v1/admin/tenants/{}", acme.id);
    let tag = etag(&app, &path, &acme.api_key).await;
    db.clock.advance(chrono::TimeDelta::seconds(1));
    let (one, two) = tokio::join!(
        app.patch(&path, &platform.api_key, &tag, json!({ "name": "one" })),
        app.patch(&path, &acme.api_key, &tag, json!({ "name": "two" })),
    );
    let mut statuses = [one.0, two.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::PRECONDITION_FAILED]);
}
