use axum::http::Method;
use chrono::TimeDelta;
use futures::future::join_all;
use gw_kernel::{GateId, Scope, ScopeSet};
use serde_json::{Value, json};

use crate::{MOUNTS, named, world::world};

fn whole() -> Value {
    json!({
        "gate_id": "edge", "name": "Edge", "description": "Payments", "security_profile": "L2",
        "mode": "observe", "signing": "batch", "is_discoverable": true,
    })
}

#[tokio::test]
async fn a_part_changes_that_part_and_the_log_has_the_whole() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    let read = world.get(&gate).await;
    world.db.clock.advance(TimeDelta::seconds(1));
    let change = json!({ "mode": "enforce", "name": "Front" });
    let changed = world.patch(&gate, &read.etag(), change).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert!(changed.epoch() > 0);
    for (member, value) in [
        ("name", json!("Front")),
        ("mode", json!("enforce")),
        ("description", json!("Payments")),
        ("security_profile", json!("L2")),
        ("signing", json!("batch")),
        ("is_discoverable", json!(true)),
        ("gate_id", json!("gate_edge")),
        ("created_at", read.body["created_at"].clone()),
    ] {
        assert_eq!(changed.body[member], value, "{member}");
    }
    assert!(changed.body["updated_at"].as_str() > read.body["updated_at"].as_str());
    let again = world.get("/v1/gates/gate_edge").await;
    assert_eq!(again.etag(), changed.etag());
    assert_ne!(again.etag(), read.etag());

    let (kind, mut data) = world.log().await.pop().unwrap();
    assert_eq!(kind, "gate.updated.v1");
    data.as_object_mut().unwrap().remove("actor");
    assert_eq!(
        data,
        json!({
            "gate_id": read.body["id"], "slug": "gate_edge", "name": "Front",
            "description": "Payments", "security_profile": "L2", "mode": "enforce",
            "signing": "batch", "is_discoverable": true, "state": "active", "moves_epoch": true,
        })
    );
}

#[tokio::test]
async fn whoever_has_not_seen_the_newest_version_changes_nothing() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    let read = world.get(&gate).await;
    assert_eq!(world.patch(&gate, &read.etag(), json!({ "signing": "each" })).await.status, 200);
    let before = world.log().await.len();
    for method in [Method::PATCH, Method::PUT] {
        let change = || json!({ "name": "Other" });
        let stale = world.send(method.clone(), &gate, Some(&read.etag()), change()).await;
        assert_eq!(stale.problem(), (412, "request.precondition_failed"), "{method}");
        let bare = world.send(method.clone(), &gate, None, change()).await;
        assert_eq!(bare.problem(), (428, "request.precondition_required"), "{method}");
    }
    assert_eq!(world.log().await.len(), before);
    // Clients of the other mounts send none; one that does is held to it.
    for (n, mount) in MOUNTS[1..].iter().enumerate() {
        let path = format!("{mount}/gates/gate_edge");
        let change = |name: &str| json!({ "name": format!("{name} {n}") });
        assert_eq!(world.send(Method::PATCH, &path, None, change("a")).await.status, 200);
        assert_eq!(world.send(Method::PUT, &path, None, change("b")).await.status, 200);
        let stale = world.patch(&path, &read.etag(), change("c")).await;
        assert_eq!(stale.problem(), (412, "request.precondition_failed"), "{mount}");
        assert_eq!(world.get(&path).await.body["name"], format!("b {n}"));
    }
    let any = world.patch(&gate, "\"x\", *", json!({ "name": "Any" })).await;
    assert_eq!((any.status.as_u16(), &any.body["name"]), (200, &json!("Any")));
}

#[tokio::test]
async fn of_those_who_change_one_version_at_once_one_wins() {
    let world = world().await;
    let gate = world.gate(named("Edge")).await;
    // The first rounds make the connections on which the others really are at once.
    for round in 0..8 {
        let etag = world.get(&gate).await.etag();
        let names = (0..12).map(|n| json!({ "name": format!("name {round} {n}") }));
        let told = join_all(names.map(|change| world.patch(&gate, &etag, change))).await;
        let won: Vec<_> = told.iter().filter(|told| told.status == 200).collect();
        assert_eq!(won.len(), 1, "round {round}");
        for lost in told.iter().filter(|told| told.status != 200) {
            assert_eq!(lost.problem(), (412, "request.precondition_failed"));
        }
        assert_eq!(world.get(&gate).await.etag(), won[0].etag());
    }
}

#[tokio::test]
async fn what_makes_no_difference_is_recorded_nowhere() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    let read = world.get(&gate).await;
    let (entries, epoch) = (world.log().await.len(), world.log().await.len());
    world.db.clock.advance(TimeDelta::seconds(1));
    for change in [json!({}), json!({ "mode": "observe", "profile": "L2" }), whole()] {
        let same = world.patch(&gate, &read.etag(), change.clone()).await;
        assert_eq!((same.status.as_u16(), same.etag()), (200, read.etag()), "{change}");
        assert_eq!(same.epoch(), i64::try_from(epoch).unwrap(), "{change}");
    }
    let mut put = read.body.clone();
    put["description"] = json!("Payments");
    let same = world.send(Method::PUT, &gate, Some(&read.etag()), put).await;
    assert_eq!((same.status.as_u16(), same.etag()), (200, read.etag()), "{}", same.body);
    assert_eq!(world.log().await.len(), entries);
}

#[tokio::test]
async fn a_gate_is_replaced_as_a_whole_under_v1_and_in_part_elsewhere() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    for description in [Value::Null, json!("")] {
        let change = json!({ "description": description });
        let told = world.patch(&gate, "*", change).await;
        assert_eq!((told.status.as_u16(), &told.body["description"]), (200, &Value::Null));
        world.patch(&gate, "*", json!({ "description": "Payments" })).await;
    }
    let nameless = world.send(Method::PUT, &gate, Some("*"), json!({ "mode": "enforce" })).await;
    assert_eq!(nameless.problem(), (400, "request.missing_member"));
    assert_eq!(nameless.body["errors"][0]["pointer"], "/name");

    let part = json!({ "is_discoverable": false });
    let told = world.send(Method::PUT, "/api/gates/gate_edge", None, part).await;
    assert_eq!((told.status.as_u16(), &told.body["is_discoverable"]), (200, &json!(false)));
    assert_eq!((&told.body["profile"], &told.body["name"]), (&json!("L2"), &json!("Edge")));

    let told = world.send(Method::PUT, &gate, Some("*"), named("Edge")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    for (member, value) in [
        ("description", Value::Null),
        ("profile", json!("L1")),
        ("mode", json!("enforce")),
        ("signing", json!("each")),
        ("is_discoverable", json!(false)),
        ("gate_id", json!("gate_edge")),
    ] {
        assert_eq!(told.body[member], value, "{member}");
    }
}

#[tokio::test]
async fn what_is_read_can_be_edited_and_sent_back_and_what_is_fixed_stays() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    let read = world.get(&gate).await;
    let mut edited = read.body.clone();
    edited["mode"] = json!("enforce");
    let told = world.send(Method::PUT, &gate, Some(&read.etag()), edited).await;
    assert_eq!((told.status.as_u16(), &told.body["mode"]), (200, &json!("enforce")));
    assert_eq!(told.body["description"], "Payments");

    let entries = world.log().await.len();
    for (member, value) in [
        ("id", json!(GateId::at(chrono::DateTime::UNIX_EPOCH, [1; 10]))),
        ("gate_id", json!("gate_other")),
        ("gate_url", json!("https://example.org")),
        ("public_key", json!("")),
        ("current_catalog_version", json!(1)),
        ("status", json!("archived")),
        ("state", json!("archived")),
        ("archived_at", json!("2026-01-01T00:00:00Z")),
        ("created_at", json!("2026-01-01T00:00:00Z")),
        ("updated_at", json!("2026-01-01T00:00:00Z")),
        ("created_by", json!({ "kind": "operator", "id": "op_x" })),
    ] {
        let told = world.patch(&gate, "*", json!({ member: value, "name": "x" })).await;
        assert_eq!(told.problem(), (422, "gate.read_only"), "{member}");
        assert_eq!(told.body["errors"][0]["pointer"], format!("/{member}"));
    }
    assert_eq!(world.log().await.len(), entries);
}

#[tokio::test]
async fn bad_changes_are_refused_with_every_member_at_fault() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    let entries = world.log().await.len();
    for (member, value, status, code) in [
        ("name", Value::Null, 400, "request.wrong_type"),
        ("mode", Value::Null, 400, "request.wrong_type"),
        ("signing", Value::Null, 400, "request.wrong_type"),
        ("profile", Value::Null, 400, "request.wrong_type"),
        ("is_discoverable", Value::Null, 400, "request.wrong_type"),
        ("is_discoverable", json!("yes"), 400, "request.wrong_type"),
        ("name", json!(""), 400, "request.invalid_value"),
        ("name", json!("a".repeat(201)), 400, "request.too_long"),
        ("description", json!("a".repeat(2001)), 400, "request.too_long"),
        ("security_profile", json!("L0"), 422, "gate.bad_profile"),
        ("mode", json!("dry"), 422, "gate.bad_word"),
        ("signing", json!("never"), 422, "gate.bad_word"),
        ("allow_self_issued", json!(true), 422, "gate.option_unavailable"),
        ("require_pop", json!(true), 422, "gate.option_unavailable"),
        ("constraints", json!({ "x": 1 }), 422, "gate.option_unavailable"),
        ("colour", json!("red"), 400, "request.unknown_member"),
    ] {
        let mut body = named("Edge");
        body[member] = value;
        for method in [Method::PATCH, Method::PUT] {
            let told = world.send(method, &gate, Some("*"), body.clone()).await;
            assert_eq!(told.problem(), (status, code), "{body}");
            assert_eq!(told.body["errors"][0]["pointer"], format!("/{member}"), "{body}");
        }
    }
    let both = json!({ "mode": "dry", "profile": "L9", "require_pop": true });
    let told = world.patch(&gate, "*", both).await;
    let errors = told.body["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors.map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/require_pop", "/profile", "/mode"]);
    assert_eq!(world.log().await.len(), entries);
}

#[tokio::test]
async fn only_whoever_may_changes_a_gate_and_only_one_that_it_reaches() {
    let world = world().await;
    let gate = world.gate(whole()).await;
    let entries = world.log().await.len();
    let reader = ScopeSet::from_iter([Scope::GatesRead, Scope::GatesCreate]);
    let (_, reader) = world.db.api_key(world.tenant.id, &reader, "machine").await;
    let stranger = world.db.tenant("other").await.api_key;
    let (id, limited) =
        world.db.api_key(world.tenant.id, &ScopeSet::from_iter([Scope::All]), "machine").await;
    let elsewhere: GateId = world.db.new_id();
    sqlx::query("update tenants.api_keys set gates = array[$1] where key_id = $2")
        .bind(elsewhere.uuid())
        .bind(id.uuid())
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    for (method, path, scope) in [
        (Method::PATCH, gate.clone(), "gates:update"),
        (Method::PUT, gate.clone(), "gates:update"),
        (Method::DELETE, gate.clone(), "gates:delete"),
        (Method::POST, format!("{gate}/restore"), "gates:delete"),
    ] {
        let body = if method == Method::PATCH { named("x") } else { json!({}) };
        let body = if method == Method::PUT { named("x") } else { body };
        let send = async |key: &str| {
            world.send_as(key, method.clone(), &path, Some("*"), body.clone()).await
        };
        let told = send(&reader).await;
        assert_eq!(told.problem(), (403, "caller.forbidden"), "{method}");
        assert_eq!(told.body["required_scope"], scope);
        for key in [&stranger, &limited] {
            assert_eq!(send(key).await.problem(), (404, "gate.not_found"), "{method}");
        }
        assert_eq!(send("").await.status, 401);
    }
    assert_eq!(world.log().await.len(), entries);
}

#[tokio::test]
async fn a_gate_that_was_read_before_is_not_sent_again_until_it_changes() {
    let world = world().await;
    let gate = world.gate(json!({ "name": "Edge", "gate_id": "edge" })).await;
    let first = world.get(&gate).await.etag();
    let read = async |path: &str, key: &str, known: &str| {
        let request = axum::http::Request::get(path)
            .header("authorization", format!("Bearer {key}"))
            .header("if-none-match", known)
            .body(axum::body::Body::empty());
        world.app.send(request.unwrap()).await
    };
    let own = world.tenant.api_key.as_str();
    for mount in MOUNTS {
        let path = format!("{mount}/gates/gate_edge");
        for known in [first.clone(), format!("\"other\", W/{first}"), "*".to_owned()] {
            let told = read(&path, own, &known).await;
            assert_eq!((told.status().as_u16(), told.body().len()), (304, 0), "{path} {known}");
            assert_eq!(told.headers()["etag"], first.as_str());
        }
        for known in ["\"other\"", "", "nonsense"] {
            assert_eq!(read(&path, own, known).await.status(), 200, "{path} {known}");
        }
    }
    assert_eq!(read(&gate, "", "*").await.status(), 401, "who may not read is told nothing");
    assert_eq!(read("/v1/gates/gate_none", own, "*").await.status(), 404);
    assert_eq!(world.patch(&gate, &first, named("Other")).await.status, 200);
    let changed = read(&gate, own, &first).await;
    assert_eq!(changed.status(), 200);
    assert_eq!(read(&gate, own, changed.headers()["etag"].to_str().unwrap()).await.status(), 304);
}
