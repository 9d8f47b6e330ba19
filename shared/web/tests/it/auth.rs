use axum::{Router, routing::get};
use chrono::TimeDelta;
use gw_db::{Db, Role};
use gw_kernel::{Scope, ScopeSet, TenantId};
use gw_testkit::{Database, TestTenant};
use gw_web::{
    AnyCaller, Caller, PlatformCaller,
    permissions::{ReadGates, WriteTenants},
};
use serde_json::{Value, json};

use crate::client::{Answered, Client};

async fn who(caller: Caller<ReadGates>) -> axum::Json<Value> {
    let scopes = caller.scopes().to_texts();
    axum::Json(json!({ "tenant": caller.tenant, "actor": caller.actor, "scopes": scopes }))
}

async fn any(caller: AnyCaller<ReadGates>) -> axum::Json<&'static str> {
    axum::Json(match caller {
        AnyCaller::Tenant(_) => "tenant",
        AnyCaller::Platform(_) => "platform",
    })
}

async fn platform(caller: PlatformCaller<WriteTenants>) -> axum::Json<Value> {
    axum::Json(json!({ "tenant": caller.tenant, "actor": caller.actor }))
}

async fn client(db: &Database) -> Client {
    let router: Router<Db> = Router::new()
        .route("/v1/who", get(who))
        .route("/v1/any", get(any))
        .route("/v1/platform", get(platform));
    Client::new(router.with_state(db.db(Role::Gates).await))
}

async fn ask(client: &Client, path: &str, key: &str) -> Answered {
    client.get(path, &[("authorization", &format!("Bearer {key}"))]).await
}

fn unused_tenant(db: &Database) -> TenantId {
    db.new_id()
}

async fn sql(db: &Database, sql: &'static str, tenant: &TestTenant) {
    let owner = db.owner().await;
    sqlx::query(sql).bind(tenant.id.uuid()).execute(&owner).await.unwrap();
}

#[tokio::test]
async fn a_key_says_who_calls() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let answered = ask(&client(&db).await, "/v1/who", &tenant.api_key).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["tenant"], tenant.id.to_string());
    assert_eq!(answered.body["actor"]["kind"], "machine");
    assert_eq!(answered.body["actor"]["key_id"], tenant.key.to_string());
}

#[tokio::test]
async fn every_way_not_to_be_known_has_the_same_answer() {
    let db = gw_testkit::database().await;
    let (tenant, other) = (db.tenant("acme").await, db.tenant("other").await);
    let client = client(&db).await;
    let (prefix, secret) = tenant.api_key.rsplit_once('_').unwrap();
    let (other_prefix, other_secret) = other.api_key.rsplit_once('_').unwrap();
    let (_, key) = prefix.rsplit_once('_').unwrap();

    let basic = client.get("/v1/who", &[("authorization", "Basic eDp5")]).await;
    let mut refused = vec![client.get("/v1/who", &[]).await, basic];
    for key in [
        "nonsense".to_owned(),
        format!("{other_prefix}_{secret}"),
        format!("{prefix}_{other_secret}"),
        format!("gw_{}_{key}_{secret}", other.id.body()),
        format!("gw_platform_{key}_{secret}"),
        format!("gw_{}_{key}_{secret}", unused_tenant(&db).body()),
    ] {
        refused.push(ask(&client, "/v1/who", &key).await);
    }
    let strip = |mut body: Value| {
        body["request_id"] = Value::Null;
        body["error"]["request_id"] = Value::Null;
        body
    };
    let first = strip(refused[0].body.clone());
    assert_eq!(first["code"], "caller.unknown");
    for answered in refused {
        assert_eq!(answered.status, 401);
        assert_eq!(answered.headers["www-authenticate"], "Bearer");
        assert_eq!(strip(answered.body), first);
    }
}

#[tokio::test]
async fn a_key_that_was_revoked_or_has_expired_is_unknown() {
    let db = gw_testkit::database().await;
    let (gone, short) = (db.tenant("gone").await, db.tenant("short").await);
    let client = client(&db).await;
    sql(
        &db,
        "update tenants.api_keys set revoked_at = now() - interval '1 minute' where tenant_id = $1",
        &gone,
    )
    .await;
    assert_eq!(ask(&client, "/v1/who", &gone.api_key).await.code(), "caller.unknown");

    sql(
        &db,
        "update tenants.api_keys set expires_at = now() + interval '1 hour' where tenant_id = $1",
        &short,
    )
    .await;
    assert_eq!(ask(&client, "/v1/who", &short.api_key).await.status, 200);
    db.clock.advance(TimeDelta::hours(2));
    assert_eq!(ask(&client, "/v1/who", &short.api_key).await.code(), "caller.unknown");
}

#[tokio::test]
async fn a_suspended_tenant_is_told_so() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    sql(&db, "update tenants.tenants set state = 'suspended' where tenant_id = $1", &tenant).await;
    let answered = ask(&client(&db).await, "/v1/who", &tenant.api_key).await;
    assert_eq!((answered.status.as_u16(), answered.code()), (403, "tenant.suspended"));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let scopes = ScopeSet::from_iter([Scope::ChecksWrite]);
    let (_, key) = db.api_key(tenant.id, &scopes, "machine").await;
    let answered = ask(&client(&db).await, "/v1/who", &key).await;
    assert_eq!((answered.status.as_u16(), answered.code()), (403, "caller.forbidden"));
    assert_eq!(answered.body["required_scope"], "gates:read");
}

#[tokio::test]
async fn a_platform_key_names_the_tenant_and_nobody_else_may() {
    let db = gw_testkit::database().await;
    let (tenant, staff) = (db.tenant("acme").await, db.platform().await);
    let client = client(&db).await;
    let on = async |path: &str, key: &str, tenant: &str| {
        let bearer = format!("Bearer {key}");
        client.get(path, &[("authorization", &bearer), ("gatewright-tenant", tenant)]).await
    };
    let named = tenant.id.to_string();

    let acting = on("/v1/who", &staff.api_key, &named).await;
    assert_eq!(acting.body["tenant"], named);
    assert_eq!(acting.body["actor"]["kind"], "platform");
    let unknown = unused_tenant(&db).to_string();
    assert_eq!(on("/v1/who", &staff.api_key, &unknown).await.code(), "tenant.not_found");
    assert_eq!(on("/v1/who", &staff.api_key, "acme").await.code(), "tenant.not_found");
    assert_eq!(ask(&client, "/v1/who", &staff.api_key).await.code(), "request.tenant_required");
    assert_eq!(on("/v1/who", &tenant.api_key, &named).await.code(), "caller.forbidden");
    let bearer = format!("Bearer {}", staff.api_key);
    let header = ("gatewright-tenant", named.as_str());
    let twice = client.get("/v1/who", &[("authorization", &bearer), header, header]).await;
    assert_eq!(twice.code(), "request.tenant_required");

    assert_eq!(ask(&client, "/v1/platform", &staff.api_key).await.status, 200);
    assert_eq!(ask(&client, "/v1/platform", &tenant.api_key).await.code(), "caller.forbidden");
    assert_eq!(ask(&client, "/v1/any", &staff.api_key).await.body, "platform");
    assert_eq!(on("/v1/any", &staff.api_key, &named).await.body, "tenant");
    assert_eq!(ask(&client, "/v1/any", &tenant.api_key).await.body, "tenant");
}
