use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_kernel::{Scope, ScopeSet};
use gw_tenants::Tenants;
use gw_testkit::Database;
use serde_json::json;

use crate::text;

/// Adds more rows of a tenant than are counted.
async fn fill(db: &Database, sql: &'static str, tenant: uuid::Uuid) {
    sqlx::query(sql).bind(tenant).execute(&db.owner().await).await.unwrap();
}

#[tokio::test]
async fn operators_are_counted() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = "/v1/admin/operators";
    for (name, role) in [("Ada", "owner"), ("Bob", "viewer"), ("Bo", "viewer")] {
        let mail = format!("{name}@example.com");
        let body = json!({ "name": name, "mail": mail, "roles": [role] });
        assert_eq!(app.post(path, &acme.api_key, body).await.0, StatusCode::CREATED);
    }
    let expected = [
        ("", 3),
        ("name_contains=BO", 2),
        ("role=owner", 1),
        ("state=suspended", 0),
        ("mail=BOB@example.com&role=viewer", 1),
    ];
    app.demand_counted(path, &acme.api_key, &expected).await;
    let many = "insert into tenants.operators (tenant_id, operator_id, name, mail, roles,
             created_by_kind, created_by_id, created_at, updated_at)
         select $1, gen_random_uuid(), 'many', n || '@example.org', '{}', 'machine', 'test', now(), now()
         from generate_series(1, 9998) n";
    fill(&db, many, acme.id.uuid()).await;
    app.demand_capped(path, &acme.api_key).await;
}

#[tokio::test]
async fn api_keys_are_counted() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = "/v1/admin/api-keys";
    for name in ["edge-1", "edge-2"] {
        let body = json!({ "name": name, "scopes": ["gates:read"] });
        let (status, made) = app.post(path, &acme.api_key, body).await;
        assert_eq!(status, StatusCode::CREATED);
        if name == "edge-2" {
            let revoke = format!("{path}/{}/revoke", text(&made, "key_id"));
            assert_eq!(app.post(&revoke, &acme.api_key, json!({})).await.0, StatusCode::OK);
        }
    }
    let expected = [
        ("", 3),
        ("state=revoked", 1),
        ("state=active", 2),
        ("state=active&name_contains=EDGE", 1),
        ("kind=operator", 0),
    ];
    app.demand_counted(path, &acme.api_key, &expected).await;
    let many = "insert into tenants.api_keys (tenant_id, key_id, kind, name, prefix, secret_sha256,
             scopes, created_by_kind, created_by_id, created_at, updated_at)
         select $1, gen_random_uuid(), 'machine', 'many', 'gw', sha256(n::text::bytea), '{}',
             'machine', 'test', now(), now()
         from generate_series(1, 9998) n";
    fill(&db, many, acme.id.uuid()).await;
    app.demand_capped(path, &acme.api_key).await;
}

#[tokio::test]
async fn tenants_are_counted_by_who_sees_them() {
    let db = gw_testkit::database().await;
    let (acme, platform) = (db.tenant("acme").await, db.platform().await);
    db.tenant("other").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = "/v1/admin/tenants";
    let expected = [("", 2), ("name_contains=ACM", 1), ("state=suspended", 0)];
    app.demand_counted(path, &platform.api_key, &expected).await;
    let (_, own) = app.get(&format!("{path}?count=true"), &acme.api_key).await;
    assert_eq!((&own["count"], &own["count_capped"]), (&json!(1), &json!(false)));
    let many = "insert into tenants.tenants (tenant_id, name, created_by_kind, created_by_id,
             created_at, updated_at)
         select gen_random_uuid(), 'many of ' || $1, 'platform', 'test', now(), now()
         from generate_series(1, 9999)";
    fill(&db, many, acme.id.uuid()).await;
    app.demand_capped(path, &platform.api_key).await;
}

#[tokio::test]
async fn kill_switches_are_counted_as_far_as_the_key_reaches() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = "/v1/admin/kill-switch";
    for agent in ["a", "b", "c"] {
        db.clock.advance(TimeDelta::seconds(1));
        let body = json!({ "scope": "agent", "value": agent });
        assert_eq!(app.post(path, &acme.api_key, body).await.0, StatusCode::OK);
    }
    let release = format!("{path}/release");
    let body = json!({ "scope": "agent", "value": "c" });
    assert_eq!(app.post(&release, &acme.api_key, body).await.0, StatusCode::OK);
    let expected = [
        ("", 2),
        ("state=any", 3),
        ("state=released", 1),
        ("state=any&value=a", 1),
        ("scope=gate", 0),
        ("offset=1", 2),
    ];
    app.demand_counted(path, &acme.api_key, &expected).await;
    let gates = "insert into tenants.kill_switches (tenant_id, switch_id, scope, value, engaged_at,
             engaged_by_kind, engaged_by_id)
         values ($1, gen_random_uuid(), 'gate', 'gate_01kge3h9zz0000000000000000', now(), 'machine', 'test')";
    fill(&db, gates, acme.id.uuid()).await;
    app.demand_counted(path, &acme.api_key, &[("scope=gate", 1)]).await;
    let (key, limited) = db.api_key(acme.id, &ScopeSet::from_iter([Scope::All]), "machine").await;
    sqlx::query("update tenants.api_keys set gates = array[gen_random_uuid()] where key_id = $1")
        .bind(key.uuid())
        .execute(&db.owner().await)
        .await
        .unwrap();
    app.demand_counted(path, &limited, &[("", 2), ("scope=gate", 0)]).await;
    let many = "insert into tenants.kill_switches (tenant_id, switch_id, scope, value, engaged_at,
             engaged_by_kind, engaged_by_id)
         select $1, gen_random_uuid(), 'agent', 'many-' || n, now(), 'machine', 'test'
         from generate_series(1, 9998) n";
    fill(&db, many, acme.id.uuid()).await;
    app.demand_capped(path, &acme.api_key).await;
}
