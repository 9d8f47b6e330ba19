//! One tenant never sees another. The last test takes the wall down, and what the first one finds
//! nothing of then shows: it is the wall that holds, not good manners in the queries.

use axum::http::StatusCode;
use gw_kernel::{ApiKeyId, OperatorId, TenantId};
use gw_tenants::Tenants;
use gw_testkit::{App, Database, TestTenant};
use serde_json::{Value, json};

use crate::{text, unrelated};

/// What somebody of `other` can find out about `acme`: every way that should show nothing.
async fn leaks(app: &App, acme: &Acme, other: &TestTenant) -> Vec<String> {
    let mut leaks = Vec::new();
    for path in ["/v1/admin/tenants", "/v1/admin/operators", "/v1/admin/api-keys"] {
        let (_, list) = app.get(path, &other.api_key).await;
        if list.to_string().contains(&acme.mark) {
            leaks.push(path.to_owned());
        }
    }
    for path in [&acme.tenant, &acme.alias, &acme.operator, &acme.key] {
        if app.get(path, &other.api_key).await.0 != StatusCode::NOT_FOUND {
            leaks.push(path.clone());
        }
    }
    if app.delete(&acme.key, &other.api_key).await.0 != StatusCode::NOT_FOUND {
        leaks.push(format!("DELETE {}", acme.key));
    }
    leaks
}

/// The paths of one tenant's things; the mark is in each of their names.
struct Acme {
    mark: String,
    tenant: String,
    alias: String,
    operator: String,
    key: String,
}

async fn setup(db: &Database, app: &App) -> (Acme, TestTenant) {
    let (platform, other) = (db.platform().await, db.tenant("other").await);
    let mark = "secretive".to_owned();
    let tenants = "/v1/admin/tenants";
    let wanted = json!({ "name": mark, "tenant_id": "acme" });
    let (_, tenant) = app.post(tenants, &platform.api_key, wanted).await;
    let owner = text(&tenant, "api_key");
    let wanted = json!({ "name": mark, "mail": "a@b", "roles": ["viewer"] });
    let (_, operator) = app.post("/v1/admin/operators", &owner, wanted).await;
    let wanted = json!({ "name": mark, "scopes": ["*"] });
    let (_, key) = app.post("/v1/admin/api-keys", &owner, wanted).await;
    let acme = Acme {
        tenant: format!("{tenants}/{}", text(&tenant, "tenant_id")),
        alias: format!("{tenants}/acme"),
        operator: format!("/v1/admin/operators/{}", text(&operator, "operator_id")),
        key: format!("/v1/admin/api-keys/{}", text(&key, "key_id")),
        mark,
    };
    (acme, other)
}

#[tokio::test]
async fn one_tenant_never_sees_another() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (acme, other) = setup(&db, &app).await;
    assert_eq!(leaks(&app, &acme, &other).await, [""; 0]);
    let (status, list) = app.get("/v1/admin/tenants", &other.api_key).await;
    assert_eq!(status, StatusCode::OK);
    let ids: Vec<_> = list["tenants"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(other.id)]);
}

#[tokio::test]
async fn another_tenants_things_are_as_unknown_as_nobodys() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (acme, other) = setup(&db, &app).await;
    let answer = async |path: &str| -> (StatusCode, Value) {
        let (status, problem) = app.get(path, &other.api_key).await;
        (status, unrelated(problem))
    };
    let nobodys: (TenantId, OperatorId, ApiKeyId) = (db.new_id(), db.new_id(), db.new_id());
    let pairs = [
        (&acme.tenant, format!("/v1/admin/tenants/{}", nobodys.0)),
        (&acme.alias, "/v1/admin/tenants/nobody".to_owned()),
        (&acme.operator, format!("/v1/admin/operators/{}", nobodys.1)),
        (&acme.key, format!("/v1/admin/api-keys/{}", nobodys.2)),
    ];
    for (theirs, nobodys) in pairs {
        assert_eq!(answer(theirs).await, answer(&nobodys).await);
    }
    let patch = json!({ "name": "mine now" });
    let (status, problem) = app.patch(&acme.tenant, &other.api_key, "*", patch).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("tenant.not_found")));
    let revoke = format!("{}/revoke", acme.key);
    assert_eq!(app.post(&revoke, &other.api_key, json!({})).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_policies_the_other_tenant_shows() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (acme, other) = setup(&db, &app).await;
    let owner = db.owner().await;
    for table in ["tenants", "operators", "api_keys"] {
        let sql = format!("alter table tenants.{table} disable row level security");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&owner).await.unwrap();
    }
    let leaks = leaks(&app, &acme, &other).await;
    assert_eq!(leaks.len(), 8, "{leaks:?}");
}
