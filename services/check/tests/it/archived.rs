//! A gate that is archived decides nothing, on no surface and on no replica; one that is changed
//! decides by what it is from the change's own position on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures::future::join_all;
use gw_check::Check;
use gw_contracts::{GateArchivedV1, GateRestoredV1, GateSettings, GateUpdatedV1, TenantUpdatedV1};
use gw_db::Role;
use gw_kernel::{Epoch, Scope};
use gw_testkit::App;
use serde_json::{Value, json};

use crate::world::{World, search, world};

/// Sets one of the world's gate's columns as its service does, and says so in the log.
pub(crate) async fn set(world: &World, column: &str, value: &str) -> Epoch {
    let mut tx = world.change(Role::Gates).await;
    let sql = format!(
        "update gates.gates set {column} = $1 where id = $2
         returning slug, profile, mode, signing, state"
    );
    let row: (Option<String>, String, String, String, String) =
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(value)
            .bind(world.gate.uuid())
            .fetch_one(tx.conn())
            .await
            .unwrap();
    let (slug, security_profile, mode, signing, state) = row;
    let gate = GateSettings {
        gate_id: world.gate,
        slug,
        name: "Front".to_owned(),
        description: None,
        security_profile,
        mode,
        signing,
        is_discoverable: false,
        state,
    };
    let (now, reason) = (tx.now(), None);
    match (column, value) {
        ("state", "archived") => tx.record(GateArchivedV1 { gate, archived_at: now, reason }),
        ("state", _) => tx.record(GateRestoredV1 { gate, restored_at: now, reason }),
        _ => tx.record(GateUpdatedV1 { gate }),
    }
    .unwrap();
    tx.commit().await.unwrap()
}

/// Asks; where a busy machine has no answer in time, again. The status, and the answer.
async fn check(world: &World, app: &App, body: &Value) -> (u16, Value) {
    loop {
        let (status, answer) = app.post(&world.path(), &world.tenant.api_key, body.clone()).await;
        if status != 503 {
            return (status.as_u16(), answer);
        }
    }
}

#[tokio::test]
async fn no_surface_of_an_archived_gate_decides_anything() {
    let world = world().await;
    let rehearsing = [Scope::ChecksDryRun].into_iter().collect();
    let (_, rehearsing) = world.db.api_key(world.tenant.id, &rehearsing, "machine").await;
    let token = world.token(&[]);
    let mut keyed = search(&token);
    keyed["idempotency_key"] = "order 1".into();
    let (_, first) = check(&world, &world.app, &keyed).await;
    assert_eq!(first["decision"], "allow", "{first:#}");
    // Paths that name no gate mean this one, whatever else there is.
    world.add_gate(Some("gate_back"), "L1", "each").await;
    let mut tx = world.change(Role::Tenants).await;
    sqlx::query("update tenants.tenants set default_gate_id = $1")
        .bind(world.gate.uuid())
        .execute(tx.conn())
        .await
        .unwrap();
    tx.record(TenantUpdatedV1 {
        tenant_id: world.tenant.id,
        name: "acme".to_owned(),
        default_gate_id: Some(world.gate),
        state: "active".to_owned(),
    })
    .unwrap();
    tx.commit().await.unwrap();
    set(&world, "state", "archived").await;
    let entries = world.entries().await;

    let mut dry = search(&token);
    dry["dry_run"] = true.into();
    for mount in ["/v1", "", "/api", "/api/v1"] {
        for gate in [world.gate.to_string(), "gate_front".to_owned()] {
            let path = format!("{mount}/gates/{gate}/check");
            for (key, body) in [
                (&world.tenant.api_key, search(&token)),
                (&world.tenant.api_key, json!({ "action": "api:search" })),
                (&world.tenant.api_key, keyed.clone()),
                (&rehearsing, dry.clone()),
            ] {
                let (status, problem) = world.app.post(&path, key, body).await;
                let told = (status.as_u16(), &problem["code"]);
                assert_eq!(told, (410, &json!("gate.archived")), "{path}: {problem:#}");
                assert_eq!(problem.get("decision"), None);
            }
        }
    }
    let answer = world.call(&token, "api:search").await;
    assert!(answer["error"].is_object() && answer.get("result").is_none(), "{answer:#}");
    let (_, answer) =
        world.app.post("/v1/tool-call", &token, json!({ "tool": "api:search" })).await;
    assert_ne!(answer["decision"], "allow", "{answer:#}");
    assert_eq!(world.entries().await, entries, "nothing is recorded");

    // What it decided stays readable, and the other gate decides.
    let key = &world.tenant.api_key;
    let (status, list) = world.app.get("/v1/gates/gate_front/attestations", key).await;
    assert_eq!((status.as_u16(), list["items"].as_array().unwrap().len()), (200, 1));
    let decision = first["decision_id"].as_str().unwrap();
    assert_eq!(world.app.get(&format!("/v1/admin/decisions/{decision}"), key).await.0, 200);
    let (_, other) = world.app.post("/v1/gates/gate_back/check", key, search(&token)).await;
    assert_eq!(other["decision"], "allow", "{other:#}");

    set(&world, "state", "active").await;
    let (_, again) = check(&world, &world.app, &keyed).await;
    assert_eq!(again["decision_id"], first["decision_id"], "the key is still the first one's");
}

/// Checks race with archivings on two replicas, one of which hears of them from the head alone: by
/// the positions of the log nothing is decided at an archived gate.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_begins_after_an_archiving_is_never_decided_on_any_replica() {
    let world = Arc::new(world().await);
    let other = Arc::new(gw_testkit::app::<Check>(&world.db).await);
    let (body, done) = (search(&world.token(&[])), Arc::new(AtomicBool::new(false)));
    let refused = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let (world, other) = (Arc::clone(&world), Arc::clone(&other));
            let (body, done, refused) = (body.clone(), Arc::clone(&done), Arc::clone(&refused));
            tokio::spawn(async move {
                let app = if caller % 2 == 0 { &world.app } else { &*other };
                while !done.load(Ordering::Relaxed) {
                    match check(&world, app, &body).await.0 {
                        200 => {}
                        410 => _ = refused.fetch_add(1, Ordering::Relaxed),
                        status => panic!("{status}"),
                    }
                }
            })
        })
        .collect();
    for round in 0..30 {
        set(&world, "state", "archived").await;
        let both = [check(&world, &world.app, &body), check(&world, &other, &body)];
        for (status, problem) in join_all(both).await {
            assert_eq!((status, &problem["code"]), (410, &json!("gate.archived")), "{round}");
        }
        set(&world, "state", "active").await;
        let both = [check(&world, &world.app, &body), check(&world, &other, &body)];
        for (status, answer) in join_all(both).await {
            assert_eq!((status, &answer["decision"]), (200, &json!("allow")), "{round}");
        }
    }
    done.store(true, Ordering::Relaxed);
    for caller in join_all(callers).await {
        caller.unwrap();
    }
    let log: Vec<String> =
        sqlx::query_scalar("select kind from journal.entries where tenant_id = $1 order by idx")
            .bind(world.tenant.id.uuid())
            .fetch_all(&world.db.owner().await)
            .await
            .unwrap();
    let (mut archived, mut decided) = (false, 0);
    for kind in log {
        match kind.as_str() {
            "gate.archived.v1" => archived = true,
            "gate.restored.v1" => archived = false,
            "check.decided.v1" => {
                assert!(!archived, "a decision of an archived gate");
                decided += 1;
            }
            _ => {}
        }
    }
    let refused = refused.load(Ordering::Relaxed);
    assert!(decided >= 60 && refused > 0, "{decided} {refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_mode_or_signing_applies_from_its_position_on_any_replica() {
    let world = world().await;
    let other = gw_testkit::app::<Check>(&world.db).await;
    let nobody = json!({ "action": "api:search" });
    let both = async || {
        let (one, two) =
            tokio::join!(check(&world, &world.app, &nobody), check(&world, &other, &nobody));
        [one.1, two.1]
    };
    for round in 0..12 {
        let (mode, decision) = [("observe", "allow"), ("enforce", "block")][round % 2];
        let (signing, signed) = [("batch", false), ("each", true)][(round / 2) % 2];
        set(&world, "mode", mode).await;
        let epoch = set(&world, "signing", signing).await;
        for answer in both().await {
            assert_eq!(answer["decision"], decision, "{round}: {answer:#}");
            assert_eq!(answer["basis"]["epoch"], json!(epoch), "{round}");
            let attestation = &answer["attestation"];
            assert_eq!(attestation["signature"].is_string(), signed, "{round}: {answer:#}");
            let receipt = attestation["receipt"].as_str().unwrap();
            let cosigned = receipt.contains(&format!("/gates/{}", world.gate));
            assert_eq!(cosigned, !signed, "{round}: {receipt}");
            let record: Value =
                serde_json::from_str(attestation["attestation_json"].as_str().unwrap()).unwrap();
            assert_eq!(record["data"]["mode"], mode, "{round}");
        }
    }
    // So does a stricter profile.
    let token = world.token(&[]);
    set(&world, "profile", "L3").await;
    for app in [&world.app, &other] {
        let (_, answer) = check(&world, app, &search(&token)).await;
        assert_eq!(answer["code"], "possession.required", "{answer:#}");
    }
}

#[tokio::test]
async fn without_a_chosen_gate_the_oldest_that_is_not_archived_answers() {
    let world = world().await;
    let token = world.token(&[]);
    world.db.clock.advance(chrono::TimeDelta::seconds(1));
    let back = world.add_gate(Some("gate_back"), "L1", "each").await;
    let asked = async || {
        let answer = world.call(&token, "api:search").await;
        assert!(answer["error"].is_null(), "{answer:#}");
        world.newest().await["data"]["gate_id"].take()
    };
    assert_eq!(asked().await, json!(world.gate));
    set(&world, "state", "archived").await;
    assert_eq!(asked().await, json!(back));
    set(&world, "state", "active").await;
    assert_eq!(asked().await, json!(world.gate));
}
