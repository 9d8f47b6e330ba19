//! What would be decided: said as it is now, and nothing is recorded or taken.

use gw_check::Check;
use gw_credentials::capability::NewCaveat;
use gw_kernel::Scope;
use gw_testkit::App;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, in_mode, search, world};

fn dry(mut body: Value) -> Value {
    body["dry_run"] = true.into();
    body
}

fn keyed(token: &str, key: &str) -> Value {
    let mut body = search(token);
    body["idempotency_key"] = key.into();
    body
}

/// A dry run's verdict and code.
async fn would(world: &World, app: &App, body: Value) -> [String; 2] {
    let (status, answer) = app.post(&world.path(), &world.tenant.api_key, dry(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!((&answer["decision"], &answer["allowed"]), (&json!("dry_run"), &json!(false)));
    for absent in ["decision_id", "attestation", "attestation_id", "approval"] {
        assert!(answer.get(absent).is_none(), "{absent}: {answer:#}");
    }
    ["would", "code"].map(|member| answer[member].as_str().unwrap().to_owned())
}

async fn expect(world: &World, body: Value, verdict: &str, code: &str) {
    assert_eq!(would(world, &world.app, body).await, [verdict, code]);
}

/// How many rows say what was recorded or taken.
async fn rows(world: &World) -> Vec<i64> {
    let sql = "select count(*) from journal.entries where kind <> 'check.refused.v1'
         union all select coalesce(sum(used), 0)::bigint from journal.counters
         union all select count(*) from journal.uses";
    sqlx::query_scalar(sql).fetch_all(&world.db.owner().await).await.unwrap()
}

#[tokio::test]
async fn it_says_what_a_check_would_and_leaves_nothing_behind() {
    let world = world().await;
    let allow = NewCaveat::ToolAllow(vec!["api:search".to_owned()]);
    let (token, jti) = world.mint(&[NewCaveat::MaxCalls(1), NewCaveat::RateLimit(9), allow]);
    let before = rows(&world).await;
    for _ in 0..3 {
        expect(&world, search(&token), "allow", "ok").await;
    }
    let mut denied = search(&token);
    denied["action"] = "api:delete".into();
    expect(&world, denied, "block", "scope.denied").await;
    expect(&world, json!({ "action": "api:search" }), "block", "credential.missing").await;
    assert_eq!(rows(&world).await, before);

    // What was taken is seen.
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    let after = rows(&world).await;
    expect(&world, search(&token), "block", "budget.calls").await;
    let (_, answer) = world.ask(dry(search(&token))).await;
    assert_eq!(answer["limits"][0]["remaining"], 0, "{answer:#}");
    assert_eq!(answer["limits"][1]["remaining"], 8, "a window that has begun: {answer:#}");
    assert!(answer["basis"]["key_id"].is_string() && answer["checks"].is_array());
    assert_eq!(rows(&world).await, after);

    // So is what was revoked, by a replica that heard of nothing.
    let other = gw_testkit::app::<Check>(&world.db).await;
    let fresh = world.token(&[]);
    assert_eq!(would(&world, &other, search(&fresh)).await, ["allow", "ok"]);
    world.revoke(&jti).await;
    assert_eq!(would(&world, &other, search(&token)).await, ["block", "credential.revoked"]);
}

#[tokio::test]
async fn everything_halted_is_seen() {
    let world = world().await;
    let token = world.token(&[]);
    expect(&world, search(&token), "allow", "ok").await;
    let owner = world.db.owner().await;
    sqlx::query("update journal.halt set engaged = true").execute(&owner).await.unwrap();
    expect(&world, search(&token), "block", "kill_switch").await;
    sqlx::query("update journal.halt set engaged = false").execute(&owner).await.unwrap();
    expect(&world, search(&token), "allow", "ok").await;
}

#[tokio::test]
async fn at_a_gate_that_observes_it_says_what_enforcement_would() {
    let world = in_mode("observe").await;
    let token = world.token(&[NewCaveat::MaxCalls(0)]);
    expect(&world, search(&token), "block", "budget.calls").await;
    expect(&world, search(&world.token(&[])), "allow", "ok").await;
}

#[tokio::test]
async fn its_scope_is_its_own() {
    let world = world().await;
    let token = world.token(&[]);
    let key = async |scope: Scope| {
        let scopes = [scope].into_iter().collect();
        world.db.api_key(world.tenant.id, &scopes, "machine").await.1
    };
    let (writes, tries) = (key(Scope::ChecksWrite).await, key(Scope::ChecksDryRun).await);
    let path = world.path();
    for (key, body, missing) in
        [(&writes, dry(search(&token)), "checks:dry_run"), (&tries, search(&token), "checks:write")]
    {
        let (status, problem) = world.app.post(&path, key, body).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("caller.forbidden")));
        assert!(problem.to_string().contains(missing), "{problem:#}");
    }
    let before = rows(&world).await;
    let (status, answer) = world.app.post(&path, &tries, dry(search(&token))).await;
    assert_eq!((status, &answer["would"]), (StatusCode::OK, &json!("allow")), "{answer:#}");
    assert_eq!(rows(&world).await, before);
    assert_eq!(world.app.post(&path, &writes, search(&token)).await.1["decision"], "allow");
}

#[tokio::test]
async fn a_key_is_looked_at_and_not_taken() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(1)]);
    expect(&world, keyed(&token, "a"), "allow", "ok").await;
    assert_eq!(rows(&world).await[2], 0, "the key is free");
    let (_, first) = world.ask(keyed(&token, "a")).await;
    assert_eq!(first["decision"], "allow", "{first:#}");
    // The same again would get the first answer; another request none, and another key is too late.
    expect(&world, keyed(&token, "a"), "allow", "ok").await;
    expect(&world, keyed(&token, "b"), "block", "budget.calls").await;
    let mut other = keyed(&token, "a");
    other["action"] = "api:delete".into();
    let (status, problem) = world.ask(dry(other)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem:#}");
    assert_eq!(problem["code"], "check.idempotency_conflict");
    let (_, again) = world.ask(keyed(&token, "a")).await;
    assert_eq!(again, first);
}

#[tokio::test]
async fn a_log_that_is_behind_what_its_caller_has_seen_is_no_ground_to_speak_from() {
    let world = world().await;
    let mut body = search(&world.token(&[]));
    body["min_epoch"] = 1.into();
    expect(&world, body.clone(), "allow", "ok").await;
    body["min_epoch"] = 1_000.into();
    let (status, problem) = world.ask(dry(body)).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("log.regressed"))
    );
}
