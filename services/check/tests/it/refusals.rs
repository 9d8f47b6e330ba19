//! What is refused leaves no record, and is counted: once for each source, code and minute.

use std::time::Duration;

use axum::body::Body;
use chrono::TimeDelta;
use futures::{StreamExt as _, future::join_all, stream};
use gw_kernel::{ApiKeyId, Scope, ScopeSet, TenantId};
use http::{Request, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use crate::world::{World, call, random, search, world};

/// The counts in a tenant's log, in order.
pub(crate) async fn counts(world: &World, tenant: TenantId) -> Vec<Value> {
    let bodies: Vec<Vec<u8>> = sqlx::query_scalar(
        "select body from journal.entries
         where tenant_id = $1 and kind = 'check.refused.v1' order by idx",
    )
    .bind(tenant.uuid())
    .fetch_all(&world.db.owner().await)
    .await
    .unwrap();
    let data = |body: &Vec<u8>| serde_json::from_slice::<Value>(body).unwrap()["data"].take();
    bodies.iter().map(data).collect()
}

/// Waits until a tenant's log has so many counts.
async fn counted(world: &World, tenant: TenantId, wanted: usize) -> Vec<Value> {
    for _ in 0..600 {
        let found = counts(world, tenant).await;
        if found.len() >= wanted {
            assert_eq!(found.len(), wanted, "{found:#?}");
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{wanted} counts should be in the log: {:#?}", counts(world, tenant).await);
}

/// Ends the minute, and waits until the log has so many counts.
pub(crate) async fn after_the_minute(
    world: &World,
    tenant: TenantId,
    wanted: usize,
) -> Vec<(String, String, u64)> {
    world.db.clock.advance(TimeDelta::minutes(1));
    told(&counted(world, tenant, wanted).await)
}

/// What each count says: source, code, number; sorted.
fn told(counts: &[Value]) -> Vec<(String, String, u64)> {
    let text = |count: &Value, member: &str| count[member].as_str().unwrap().to_owned();
    let row = |it: &Value| (text(it, "source"), text(it, "code"), it["count"].as_u64().unwrap());
    let mut rows: Vec<_> = counts.iter().map(row).collect();
    rows.sort();
    rows
}

fn row(source: &dyn std::fmt::Display, code: &str, count: u64) -> (String, String, u64) {
    (source.to_string(), code.to_owned(), count)
}

/// A key that this tenant never made, whatever it names.
fn forged(tenant: TenantId, key: ApiKeyId) -> String {
    let (text, ..) = gw_web::api_key::generate(Some(tenant), key, random());
    text.expose_secret().to_owned()
}

async fn until_somebody_waits(world: &World) {
    let owner = world.db.owner().await;
    for _ in 0..1_200 {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock')",
        )
        .fetch_one(&owner)
        .await
        .unwrap();
        if waits {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the count should wait for the head");
}

impl World {
    async fn refused(&self, key: &str, body: Value, status: u16, code: &str) {
        let (answered, problem) = self.app.post(&self.path(), key, body).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{problem:#}");
    }
}

#[tokio::test]
async fn each_refusal_is_counted_in_the_log_that_it_concerns_once_a_minute() {
    let world = world().await;
    let (tenant, staff) = (world.tenant.id, world.db.platform().await.id);
    let no_checks = ScopeSet::from_iter([Scope::GatesRead]);
    let (reader, reader_key) = world.db.api_key(tenant, &no_checks, "machine").await;
    let all = ScopeSet::from_iter([Scope::All]);
    let (ended, ended_key) = world.db.api_key(tenant, &all, "machine").await;
    let (revoked, revoked_key) = world.db.api_key(tenant, &all, "machine").await;
    let sql = "update tenants.api_keys set expires_at = created_at where key_id = $1";
    sqlx::query(sql).bind(ended.uuid()).execute(&world.db.owner().await).await.unwrap();
    let (own, own_key) = (world.tenant.key, world.tenant.api_key.clone());

    // Decided: not refused.
    assert_eq!(world.ask_with(&world.token(&[])).await.1["decision"], "allow");
    assert_eq!(world.ask_with("gwc1.rubbish").await.1["decision"], "block");
    // A key of the tenant's, in force or not.
    for _ in 0..3 {
        let (status, _) = world.app.post("/gates/gate_none/check", &own_key, search("x")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    for mount in ["/v1", "/api/v1", "/api", ""] {
        let path = format!("{mount}/gates/{}/check", world.gate);
        assert_eq!(world.app.post_bytes(&path, &own_key, "{").await.0, StatusCode::BAD_REQUEST);
    }
    world.refused(&own_key, json!({}), 400, "request.missing_member").await;
    let long = json!({"action": "a", "context": {"trace": "x".repeat(300_000)}});
    world.refused(&own_key, long, 413, "request.too_large").await;
    let (status, ..) = world.ask_headed(&[("content-type", "text/plain")], "{}").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let named = [("content-type", "application/json"), ("gatewright-tenant", "x")];
    assert_eq!(world.ask_headed(&named, "{}").await.0, StatusCode::FORBIDDEN);
    world.refused(&reader_key, search("x"), 403, "caller.forbidden").await;
    world.refused(&ended_key, search("x"), 401, "caller.unknown").await;
    world.revoke_key(revoked).await;
    world.refused(&revoked_key, search("x"), 401, "caller.unknown").await;
    // An agent of the tenant's, whatever was made offline from its capability.
    let (token, root) = world.mint(&[]);
    let held = Request::post("/v1/tool-call").header("authorization", format!("Bearer {token}"));
    let held = held.header("x-intentgate-obo", "somebody").body(Body::from("{\"tool\":\"t\"}"));
    assert_eq!(world.app.send(held.unwrap()).await.status(), StatusCode::BAD_REQUEST);
    let (lost, lost_root) = world.mint(&[]);
    world.revoke(&lost_root).await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    assert_eq!(world.rpc(&lost, ping.clone()).await.1["error"]["code"], json!(-32010));
    // A revoked agent's call is decided, and in the log as that.
    assert_eq!(world.call(&lost, "read").await["error"]["code"], json!(-32010));
    // Strangers, who may name the tenant.
    world.refused(&forged(tenant, own), search("x"), 401, "caller.unknown").await;
    world.refused(&forged(tenant, world.db.new_id()), search("x"), 401, "caller.unknown").await;
    world.refused("", search("x"), 401, "caller.unknown").await;
    let other = World { root: random(), ..self::world().await };
    let not_ours = World { tenant: world.tenant.clone(), ..other }.token(&[]);
    for surface in ["/v1/mcp", "/v1/tool-call"] {
        let body = if surface == "/v1/mcp" { call("read") } else { json!({"tool": "read"}) };
        assert_eq!(world.app.post(surface, &not_ours, body).await.0, StatusCode::OK);
    }
    assert_eq!(world.rpc(&token, "{").await.1["error"]["code"], json!(-32700));
    assert_eq!(world.app.post_bytes("/v1/tool-call", &token, "{").await.0, StatusCode::BAD_REQUEST);
    world.set_tenant_state("suspended").await;
    world.refused(&own_key, search("x"), 403, "tenant.suspended").await;
    assert!(counts(&world, tenant).await.is_empty(), "the minute lasts");

    let mut expected = vec![
        row(&own, "caller.forbidden", 1),
        row(&own, "gate.not_found", 3),
        row(&own, "request.malformed", 4),
        row(&own, "request.missing_member", 1),
        row(&own, "request.too_large", 1),
        row(&own, "request.unsupported_media_type", 1),
        row(&own, "tenant.suspended", 1),
        row(&reader, "caller.forbidden", 1),
        row(&ended, "caller.unknown", 1),
        row(&revoked, "caller.unknown", 1),
        row(&format!("root:{root}"), "request.not_supported", 1),
        row(&format!("root:{lost_root}"), "credential.revoked", 1),
    ];
    expected.sort();
    assert_eq!(after_the_minute(&world, tenant, expected.len()).await, expected);
    let strangers = [
        row(&"unverified", "caller.unknown", 3),
        row(&"unverified", "credential.signature", 2),
        row(&"unverified", "request.malformed", 1),
        row(&"unverified", "rpc.parse_error", 1),
    ];
    assert_eq!(told(&counted(&world, staff, 4).await), strangers);

    // The next minute is another one.
    world.refused(&own_key, search("x"), 403, "tenant.suspended").await;
    after_the_minute(&world, tenant, expected.len() + 1).await;
    let all = counts(&world, tenant).await;
    let (first, last) = (&all[0], &all[expected.len()]);
    assert!(first["minute"].as_str() < last["minute"].as_str());
    assert_eq!(first["replica"], last["replica"]);
    assert_eq!(first["actor"], json!({"kind": "machine", "id": "gw-check"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_forged_keys_are_one_entry_and_not_one_of_the_tenants() {
    let world = world().await;
    let staff = world.db.platform().await.id;
    let forged = (0..10_000).map(|_| forged(world.tenant.id, world.db.new_id()));
    let path = world.path();
    let sent = stream::iter(forged).map(|key| {
        let (app, path) = (&world.app, &path);
        async move { app.post(path, &key, search("x")).await.0 }
    });
    let answers: Vec<StatusCode> = sent.buffer_unordered(64).collect().await;
    assert!(answers.iter().all(|status| *status == StatusCode::UNAUTHORIZED));
    let told = after_the_minute(&world, staff, 1).await;
    assert_eq!(told, [row(&"unverified", "caller.unknown", 10_000)]);
    assert!(counts(&world, world.tenant.id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_for_whom_there_is_no_room_are_one_source() {
    let world = world().await;
    let tokens: Vec<String> = (0..80).map(|_| world.token(&[])).collect();
    let asked = tokens.iter().map(|token| {
        let request = Request::post("/v1/tool-call")
            .header("authorization", format!("Bearer {token}"))
            .header("x-intentgate-obo", "somebody");
        world.app.send(request.body(Body::from("{\"tool\":\"t\"}")).unwrap())
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    let told = after_the_minute(&world, world.tenant.id, 65).await;
    assert_eq!(told.iter().filter(|(source, ..)| source == "other").count(), 1);
    assert!(told.contains(&row(&"other", "request.not_supported", 16)), "{told:#?}");
    assert_eq!(told.iter().map(|(.., count)| count).sum::<u64>(), 80);
}

#[tokio::test]
async fn what_was_refused_last_is_counted_when_the_process_ends() {
    let world = world().await;
    world.refused(&world.tenant.api_key, json!({}), 400, "request.missing_member").await;
    let spare = gw_testkit::app::<gw_check::Check>(&world.db).await;
    let World { db, app, tenant, gate, kid, root } = world;
    drop(app);
    let world = World { db, app: spare, tenant, gate, kid, root };
    let told = told(&counted(&world, world.tenant.id, 1).await);
    assert_eq!(told, [row(&world.tenant.key, "request.missing_member", 1)]);
}

/// Its head is held for longer than the count waits for it; nobody else's is.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_recorded_is_recorded_later_and_once() {
    let world = world().await;
    let neighbour = world.db.tenant("neighbour").await;
    for _ in 0..2 {
        world.refused(&world.tenant.api_key, json!({}), 400, "request.missing_member").await;
    }
    world.refused(&neighbour.api_key, json!({}), 400, "request.missing_member").await;
    let owner = world.db.owner().await;
    let mut holder = owner.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = $1 for update")
        .bind(world.tenant.id.uuid())
        .execute(&mut *holder)
        .await
        .unwrap();
    after_the_minute(&world, neighbour.id, 1).await;
    until_somebody_waits(&world).await;
    // What is refused meanwhile is counted in its own minute.
    world.refused(&world.tenant.api_key, json!({}), 400, "request.missing_member").await;
    world.db.clock.advance(TimeDelta::minutes(1));
    assert!(counts(&world, world.tenant.id).await.is_empty());
    holder.rollback().await.unwrap();
    let found = counted(&world, world.tenant.id, 2).await;
    let numbers: Vec<_> = found.iter().map(|count| count["count"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_while_the_database_was_away_is_recorded_when_it_is_back() {
    let world = world().await;
    world.refused(&world.tenant.api_key, json!({}), 400, "request.missing_member").await;
    let (server, name) = world.db.url().rsplit_once('/').unwrap();
    let mut elsewhere = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let mut allow = async |allowed: bool| {
        let sql = format!(
            "alter database {name} with allow_connections {allowed};
             select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'
             and not {allowed}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut elsewhere).await.unwrap();
    };
    allow(false).await;
    world.db.clock.advance(TimeDelta::minutes(1));
    // Long enough for it to be tried, which nothing below depends on.
    tokio::time::sleep(Duration::from_secs(2)).await;
    allow(true).await;
    let told = told(&counted(&world, world.tenant.id, 1).await);
    assert_eq!(told, [row(&world.tenant.key, "request.missing_member", 1)]);
}

/// Two replicas count for themselves, and a platform that nobody has installed has no log yet.
#[tokio::test]
async fn replicas_count_by_their_own_names_and_strangers_wait_for_the_platforms_log() {
    let world = world().await;
    let second = gw_testkit::app::<gw_check::Check>(&world.db).await;
    for app in [&world.app, &second] {
        for key in [&world.tenant.api_key, "nonsense"] {
            app.post(&world.path(), key, json!({})).await;
        }
    }
    let told = after_the_minute(&world, world.tenant.id, 2).await;
    let one = row(&world.tenant.key, "request.missing_member", 1);
    assert_eq!(told, [one.clone(), one]);
    let both = counts(&world, world.tenant.id).await;
    assert_ne!(both[0]["replica"], both[1]["replica"]);
    assert!(counts(&world, TenantId::PLATFORM).await.is_empty());
    world.db.platform().await;
    let strangers = self::told(&counted(&world, TenantId::PLATFORM, 2).await);
    assert!(strangers.iter().all(|count| *count == row(&"unverified", "caller.unknown", 1)));
}
