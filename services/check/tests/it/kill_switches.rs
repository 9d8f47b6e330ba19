//! What is halted is blocked on every mount and surface, in every mode, on every replica.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::join_all;
use gw_check::Check;
use gw_contracts::{KillSwitchEngagedV1, KillSwitchReleasedV1};
use gw_credentials::capability::{NewCaveat, attenuate};
use gw_db::Role;
use gw_kernel::KillSwitchId;
use gw_testkit::App;
use serde_json::{Value, json};

use crate::world::{World, call, in_mode, search, world};

const AGENT: &str = "agent-1";

/// A switch as its service engages it.
pub(crate) async fn engage(world: &World, id: KillSwitchId, scope: &str, value: &str) {
    let mut tx = world.change(Role::Tenants).await;
    let engaged_at = tx.now();
    sqlx::query(
        "insert into tenants.kill_switches
             (switch_id, scope, value, engaged_at, engaged_by_kind, engaged_by_id)
         values ($1, $2, $3, $4, 'machine', 'test')",
    )
    .bind(id.uuid())
    .bind(scope)
    .bind(value)
    .bind(engaged_at)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.record(KillSwitchEngagedV1 {
        switch_id: id,
        tenant_id: world.tenant.id,
        scope: scope.to_owned(),
        gate_id: value.parse().ok(),
        agent_id: Some(value.to_owned()).filter(|_| scope == "agent"),
        state: "engaged".to_owned(),
        engaged_at,
        reason: None,
    })
    .unwrap();
    tx.commit().await.unwrap();
}

async fn release(world: &World, id: KillSwitchId) {
    let mut tx = world.change(Role::Tenants).await;
    let released_at = tx.now();
    sqlx::query(
        "update tenants.kill_switches set released_at = $2, released_by_kind = 'machine',
             released_by_id = 'test' where switch_id = $1",
    )
    .bind(id.uuid())
    .bind(released_at)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.record(KillSwitchReleasedV1 {
        switch_id: id,
        tenant_id: world.tenant.id,
        scope: "tenant".to_owned(),
        gate_id: None,
        agent_id: None,
        state: "released".to_owned(),
        released_at,
        reason: None,
    })
    .unwrap();
    tx.commit().await.unwrap();
}

/// The three scopes of a tenant that meet `agent-1` at the world's gate.
fn scopes(world: &World) -> [(&'static str, String); 3] {
    [("tenant", String::new()), ("gate", world.gate.to_string()), ("agent", AGENT.to_owned())]
}

pub(crate) async fn set_halt(world: &World, engaged: bool) {
    sqlx::query("update journal.halt set engaged = $1")
        .bind(engaged)
        .execute(&world.db.owner().await)
        .await
        .unwrap();
}

/// A decision. Where a busy machine has none in time, it is asked again.
async fn check(world: &World, app: &App, token: &str) -> Value {
    loop {
        let (status, answer) = app.post(&world.path(), &world.tenant.api_key, search(token)).await;
        if status != 503 {
            return answer;
        }
    }
}

/// Asks in every way there is, and demands that each is blocked by this scope and recorded.
async fn assert_halted(world: &World, scope: &str, token: &str) {
    let reason = format!("halted by kill switch ({scope})");
    let key = &world.tenant.api_key;
    let mut bodies = vec![search(token)];
    if scope != "agent" {
        bodies.push(json!({ "action": "api:search" }));
        bodies.push(json!({ "action": "api:search", "credential": 7 }));
    }
    let mut entries = world.entries().await;
    for mount in ["/v1", "", "/api", "/api/v1"] {
        for body in &bodies {
            let path = format!("{mount}/gates/{}/check", world.gate);
            let (status, answer) = world.app.post(&path, key, body.clone()).await;
            assert_eq!(
                (status.as_u16(), &answer["decision"]),
                (200, &json!("block")),
                "{answer:#}"
            );
            assert_eq!(
                (&answer["code"], &answer["reason"]),
                (&json!("kill_switch"), &json!(reason))
            );
            entries += 1;
        }
    }
    assert_eq!(world.entries().await, entries, "each is recorded");
    let data = world.newest().await["data"].take();
    assert_eq!((&data["decision"], &data["kill_switch"]), (&json!("block"), &json!(scope)));
    assert_eq!((data.get("would"), &data["checks"][1]), (None, &json!(["kill_switch", "block"])));

    let answer = world.call(token, "api:search").await;
    assert_eq!(answer["error"]["code"], -32010, "{answer:#}");
    assert_eq!(answer["error"]["data"], reason);
    let tool = json!({ "tool": "api:search" });
    let (_, answer) = world.app.post("/v1/tool-call", token, tool).await;
    assert_eq!((&answer["decision"], &answer["code"]), (&json!("block"), &json!("kill_switch")));
    assert_eq!(world.entries().await, entries + 2);
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize" });
    let (_, answer) = world.rpc(token, hello.to_string()).await;
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["data"]),
        (&json!(-32010), &json!(reason))
    );
    assert_eq!(world.entries().await, entries + 2);
}

#[tokio::test]
async fn every_scope_blocks_every_surface_in_every_mode() {
    for mode in ["enforce", "observe"] {
        let world = in_mode(mode).await;
        let token = world.token(&[NewCaveat::MaxCalls(1)]);
        for (scope, value) in scopes(&world) {
            let id = world.db.new_id();
            engage(&world, id, scope, &value).await;
            assert_halted(&world, scope, &token).await;
            release(&world, id).await;
        }
        set_halt(&world, true).await;
        assert_halted(&world, "global", &token).await;
        set_halt(&world, false).await;
        let answer = check(&world, &world.app, &token).await;
        assert_eq!(
            (&answer["decision"], &answer["code"]),
            (&json!("allow"), &json!("ok")),
            "{mode}"
        );
        assert_eq!(answer["checks"][1]["outcome"], "not_configured");
    }
}

#[tokio::test]
async fn a_child_of_the_agent_is_the_agent_and_a_forgery_is_not() {
    let world = in_mode("observe").await;
    let root = world.token(&[]);
    let child = attenuate(&root, &[NewCaveat::ToolAllow(vec!["api:*".to_owned()])]).unwrap();
    engage(&world, world.db.new_id(), "agent", AGENT).await;
    assert_eq!(check(&world, &world.app, &child).await["code"], "kill_switch");
    let tampered = gw_testkit::forged(&child);
    let answer = check(&world, &world.app, &tampered).await;
    assert_ne!(answer["code"], "kill_switch", "{answer:#}");
    assert!(answer["agent_id"].is_null());
}

/// Two replicas; the other hears of a switch from the head alone, or from the row.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_begins_after_a_switch_was_engaged_is_never_allowed_on_any_replica() {
    let world = world().await;
    let other = gw_testkit::app::<Check>(&world.db).await;
    let token = world.token(&[]);
    let both = async || {
        let (here, there) =
            tokio::join!(check(&world, &world.app, &token), check(&world, &other, &token));
        [here["code"].as_str().unwrap().to_owned(), there["code"].as_str().unwrap().to_owned()]
    };
    for round in 0..24 {
        let (scope, value) = scopes(&world)[round % 3].clone();
        let id = world.db.new_id();
        engage(&world, id, scope, &value).await;
        assert_eq!(both().await, ["kill_switch"; 2], "round {round}: {scope}");
        release(&world, id).await;
        assert_eq!(both().await, ["ok"; 2], "round {round}: {scope}");
        set_halt(&world, true).await;
        assert_eq!(both().await, ["kill_switch"; 2], "round {round}: global");
        set_halt(&world, false).await;
        assert_eq!(both().await, ["ok"; 2], "round {round}: global");
    }
}

#[tokio::test]
async fn it_survives_a_restart_and_the_order_of_its_entries_is_what_counts() {
    let world = world().await;
    let token = world.token(&[]);
    let (first, second): (KillSwitchId, KillSwitchId) = (world.db.new_id(), world.db.new_id());
    let (older, newer) = (first.min(second), first.max(second));
    assert_eq!(check(&world, &world.app, &token).await["code"], "ok");
    // What was engaged by a replica whose clock is behind has an older id.
    engage(&world, newer, "agent", AGENT).await;
    assert_eq!(check(&world, &world.app, &token).await["code"], "kill_switch");
    release(&world, newer).await;
    engage(&world, older, "agent", AGENT).await;
    assert_eq!(check(&world, &world.app, &token).await["code"], "kill_switch");
    let restarted = gw_testkit::app::<Check>(&world.db).await;
    assert_eq!(check(&world, &restarted, &token).await["code"], "kill_switch");
    release(&world, older).await;
    for app in [&world.app, &restarted] {
        assert_eq!(check(&world, app, &token).await["code"], "ok");
    }
}

/// Checks race with fifty switches; the log shows that none of them was allowed under one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn by_the_positions_of_the_log_nothing_is_allowed_while_a_switch_is_engaged() {
    let world = Arc::new(world().await);
    let other = Arc::new(gw_testkit::app::<Check>(&world.db).await);
    let (token, done) = (world.token(&[]), Arc::new(AtomicBool::new(false)));
    let callers = (0..12).map(|caller| {
        let (world, other) = (Arc::clone(&world), Arc::clone(&other));
        let (token, done) = (token.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let app = if caller % 2 == 0 { &world.app } else { &*other };
            while !done.load(Ordering::Relaxed) {
                check(&world, app, &token).await;
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    for round in 0..50 {
        let (scope, value) = scopes(&world)[round % 3].clone();
        let id = world.db.new_id();
        engage(&world, id, scope, &value).await;
        assert_eq!(check(&world, &world.app, &token).await["code"], "kill_switch");
        release(&world, id).await;
        assert_eq!(check(&world, &other, &token).await["code"], "ok");
    }
    done.store(true, Ordering::Relaxed);
    for caller in join_all(callers).await {
        caller.unwrap();
    }
    let log: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select kind, body from journal.entries where tenant_id = $1 order by idx")
            .bind(world.tenant.id.uuid())
            .fetch_all(&world.db.owner().await)
            .await
            .unwrap();
    let (mut engaged, mut allowed, mut blocked) = (false, 0, 0);
    for (kind, body) in log {
        let event: Value = serde_json::from_slice(&body).unwrap();
        match (kind.as_str(), event["data"]["decision"].as_str()) {
            ("kill_switch.engaged.v1", _) => engaged = true,
            ("kill_switch.released.v1", _) => engaged = false,
            (_, Some("allow")) => {
                assert!(!engaged, "{event:#}");
                allowed += 1;
            }
            (_, Some(_)) => {
                assert!(engaged, "{event:#}");
                blocked += 1;
            }
            _ => {}
        }
    }
    assert!(allowed >= 50 && blocked >= 50, "{allowed} {blocked}");
}

#[tokio::test]
async fn a_notification_of_a_halted_agent_is_recorded_as_blocked() {
    let world = world().await;
    let token = world.token(&[]);
    engage(&world, world.db.new_id(), "agent", AGENT).await;
    let mut notification = call("api:search");
    notification.as_object_mut().unwrap().remove("id");
    let (status, _) = world.rpc(&token, notification.to_string()).await;
    assert_eq!(status, 204);
    assert_eq!(world.newest().await["data"]["kill_switch"], "agent");
}
