use axum::http::Method;
use futures::future::join_all;
use gw_kernel::rfc3339;
use serde_json::{Value, json};

use crate::{
    MOUNTS, named,
    world::{Told, World, world},
};

async fn archive(world: &World, gate: &str) -> Told {
    world.send(Method::DELETE, gate, None, Value::Null).await
}

async fn restore(world: &World, gate: &str) -> Told {
    world.send(Method::POST, &format!("{gate}/restore"), None, Value::Null).await
}

#[tokio::test]
async fn an_archived_gate_is_read_and_not_changed() {
    let world = world().await;
    let gate = world.gate(json!({ "name": "Edge", "gate_id": "edge" })).await;
    let pairs = world.get(&format!("{gate}/keypairs")).await;
    let jwks = world.app.get(&format!("{gate}/jwks.json"), "").await;
    let key = pairs.body["items"][0]["key_id"].as_str().unwrap();
    let (_, events) = (world.get(&gate).await, world.log().await.len());

    let archived = archive(&world, &gate).await;
    assert_eq!(archived.status, 200, "{}", archived.body);
    assert_eq!(
        (&archived.body["deleted"], &archived.body["status"]),
        (&json!(true), &json!("archived"))
    );
    assert_eq!(
        archived.body["archived_at"],
        json!(rfc3339(gw_kernel::Clock::now(&*world.db.clock)))
    );
    assert_eq!(archived.epoch(), i64::try_from(events + 1).unwrap());

    let read = world.get("/v1/gates/gate_edge").await;
    assert_eq!((read.status.as_u16(), read.etag()), (200, archived.etag()));
    assert_eq!(
        (&read.body["state"], &read.body["status"]),
        (&json!("archived"), &json!("archived"))
    );
    assert_eq!(world.get(&format!("{gate}/keypairs")).await.body, pairs.body);
    assert_eq!(world.app.get(&format!("{gate}/jwks.json"), "").await, jwks);
    assert_eq!(world.app.get(&format!("{gate}/public"), "").await.0, 200);
    assert_eq!(world.get(&format!("{gate}/public-key")).await.status, 200);

    for mount in MOUNTS {
        let gate = format!("{mount}/gates/gate_edge");
        for (method, path, body) in [
            (Method::PATCH, "", named("Other")),
            (Method::PATCH, "", json!({})),
            (Method::PUT, "", named("Other")),
            (Method::POST, "/keypairs", json!({})),
            (Method::POST, "/keypairs/rotate", json!({})),
            (Method::POST, &format!("/keypairs/{key}/retire"), json!({})),
        ] {
            let path = format!("{gate}{path}");
            let told = world.send(method.clone(), &path, Some("*"), body).await;
            assert_eq!(told.problem(), (410, "gate.archived"), "{method} {path}");
        }
    }
    let (status, taken) = world
        .app
        .post("/v1/gates", &world.tenant.api_key, json!({ "name": "x", "gate_id": "edge" }))
        .await;
    assert_eq!((status.as_u16(), &taken["code"]), (409, &json!("gate.name_taken")));
    let again = archive(&world, &gate).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &archived.body));
    assert_eq!(world.log().await.len(), events + 1);
}

#[tokio::test]
async fn a_gate_comes_back_as_it_was() {
    let world = world().await;
    let request = json!({ "name": "Edge", "mode": "observe", "signing": "batch", "profile": "L2" });
    let gate = world.gate(request).await;
    let before = world.get(&gate).await;
    let reasoned = json!({ "reason": "moved" });
    world.send(Method::DELETE, &gate, None, reasoned.clone()).await;
    let path = format!("{gate}/restore");
    let restored = world.send(Method::POST, &path, None, reasoned).await;
    assert_eq!(restored.status, 200, "{}", restored.body);
    for member in ["status", "archived_at", "mode", "signing", "profile", "public_key", "name"] {
        assert_eq!(restored.body[member], before.body[member], "{member}");
    }
    assert_eq!(restored.body.get("deleted"), None);
    let entries = world.log().await;
    let (archived, told) = (&entries[entries.len() - 2], &entries[entries.len() - 1]);
    assert_eq!((archived.0.as_str(), told.0.as_str()), ("gate.archived.v1", "gate.restored.v1"));
    for ((_, data), state) in [(archived, "archived"), (told, "active")] {
        assert_eq!((&data["state"], &data["reason"]), (&json!(state), &json!("moved")));
        assert_eq!((&data["mode"], &data["moves_epoch"]), (&json!("observe"), &json!(true)));
    }
    let again = restore(&world, &gate).await;
    assert_eq!((again.status.as_u16(), again.etag()), (200, restored.etag()));
    assert_eq!(again.epoch(), restored.epoch());
    assert_eq!(world.log().await.len(), entries.len());
    assert_eq!(world.patch(&gate, &again.etag(), named("Other")).await.status, 200);
    assert_eq!(
        world.send(Method::POST, &format!("{gate}/keypairs/rotate"), None, json!({})).await.status,
        201
    );
}

#[tokio::test]
async fn what_is_archived_can_be_that_version_alone() {
    let world = world().await;
    let gate = world.gate(named("Edge")).await;
    let first = world.get(&gate).await.etag();
    let second = world.patch(&gate, &first, named("Front")).await.etag();
    let entries = world.log().await.len();
    let stale = world.send(Method::DELETE, &gate, Some(&first), json!({})).await;
    assert_eq!(stale.problem(), (412, "request.precondition_failed"));
    for (body, status, code) in [
        (json!({ "reason": "a".repeat(1001) }), 400, "request.too_long"),
        (json!({ "reason": 1 }), 400, "request.wrong_type"),
        (json!({ "why": "x" }), 400, "request.unknown_member"),
    ] {
        for (method, path) in
            [(Method::DELETE, gate.clone()), (Method::POST, format!("{gate}/restore"))]
        {
            let told = world.send(method, &path, None, body.clone()).await;
            assert_eq!(told.problem(), (status, code), "{body}");
        }
    }
    let nobody = archive(&world, "/v1/gates/gate_nobody").await;
    assert_eq!(nobody.problem(), (404, "gate.not_found"));
    assert_eq!(world.log().await.len(), entries);
    let archived = world.send(Method::DELETE, &gate, Some(&second), json!({})).await;
    assert_eq!(archived.status, 200);
    let restored = format!("{gate}/restore");
    let stale = world.send(Method::POST, &restored, Some(&second), json!({})).await;
    assert_eq!(stale.problem(), (412, "request.precondition_failed"));
    let told = world.send(Method::POST, &restored, Some(&archived.etag()), json!({})).await;
    assert_eq!(told.status, 200);
}

/// Changes, rotations, archiving and restoring at once: what the log says last is what is so, and
/// nothing changes between an archiving and the restoring behind it.
#[tokio::test]
async fn nothing_changes_an_archived_gate_however_close_it_was() {
    let world = world().await;
    let gate = world.gate(named("Edge")).await;
    let rotate = format!("{gate}/keypairs/rotate");
    for round in 0..6 {
        let changes = join_all((0..4).map(|n| {
            world.send(Method::PATCH, &gate, Some("*"), named(&format!("name {round} {n}")))
        }));
        let rotations =
            join_all((0..2).map(|_| world.send(Method::POST, &rotate, None, json!({}))));
        let (changes, rotations, archived, restored) =
            tokio::join!(changes, rotations, archive(&world, &gate), restore(&world, &gate));
        assert_eq!((archived.status.as_u16(), restored.status.as_u16()), (200, 200));
        for told in changes.iter().chain(&rotations).filter(|told| !told.status.is_success()) {
            let refused = told.problem();
            let raced = (409, "keypair.rotation_raced");
            assert!(refused == (410, "gate.archived") || refused == raced, "{refused:?}");
        }
        restore(&world, &gate).await;
    }
    let mut archived = false;
    for (kind, data) in world.log().await {
        match kind.as_str() {
            "gate.archived.v1" => archived = true,
            "gate.restored.v1" => archived = false,
            kind if kind.starts_with("gate.") => assert!(!archived, "{kind}: {data}"),
            _ => {}
        }
    }
    let (_, last) =
        world.log().await.into_iter().rfind(|(_, data)| data["name"].is_string()).unwrap();
    let read = world.get(&gate).await.body;
    assert_eq!((&read["name"], &read["state"]), (&last["name"], &last["state"]));
}

#[tokio::test]
async fn the_gate_that_was_chosen_as_default_is_not_archived() {
    let world = world().await;
    let chosen = world.gate(json!({ "name": "Edge", "gate_id": "edge" })).await;
    let other = world.gate(json!({ "name": "Other", "gate_id": "other" })).await;
    let id = world.get(&chosen).await.body["id"].as_str().unwrap().to_owned();
    let id: gw_kernel::GateId = id.parse().unwrap();
    let choose = async |gate: Option<uuid::Uuid>| {
        sqlx::query("update tenants.tenants set default_gate_id = $1 where tenant_id = $2")
            .bind(gate)
            .bind(world.tenant.id.uuid())
            .execute(&world.db.owner().await)
            .await
            .unwrap();
    };
    choose(Some(id.uuid())).await;
    let (before, events) = (world.get(&chosen).await, world.log().await.len());
    for mount in MOUNTS {
        let told = archive(&world, &format!("{mount}/gates/gate_edge")).await;
        assert_eq!(told.problem(), (409, "gate.is_default"), "{mount}");
    }
    let kept = world.get(&chosen).await;
    assert_eq!((&kept.body, kept.etag()), (&before.body, before.etag()));
    assert_eq!(world.log().await.len(), events, "nothing was changed");

    assert_eq!(archive(&world, &other).await.status, 200, "it is another");
    choose(None).await;
    assert_eq!(archive(&world, &chosen).await.status, 200, "none is chosen");
    // One that was archived before this was refused stays so, and asking again is fine.
    choose(Some(id.uuid())).await;
    assert_eq!(archive(&world, &chosen).await.status, 200);
    assert_eq!(restore(&world, &chosen).await.status, 200);
}
