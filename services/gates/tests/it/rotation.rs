use axum::http::StatusCode;
use chrono::TimeDelta;
use futures::future::join_all;
use gw_gates::Gates;
use gw_kernel::{Clock as _, Scope, ScopeSet, rfc3339};
use gw_testkit::{App, Database, TestTenant};
use serde_json::{Value, json};

struct World {
    db: Database,
    tenant: TestTenant,
    app: App,
}

async fn world() -> World {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    World { db, tenant, app }
}

impl World {
    async fn gate(&self, name: &str) -> String {
        let request = json!({ "name": name, "gate_id": name });
        let (status, made) = self.app.post("/v1/gates", &self.tenant.api_key, request).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.app.post(path, &self.tenant.api_key, body).await
    }

    async fn keypairs(&self, gate: &str) -> Vec<Value> {
        let path = format!("/v1/gates/{gate}/keypairs");
        let (status, list) = self.app.get(&path, &self.tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        list["items"].as_array().unwrap().clone()
    }

    /// Every entry's type, position and data.
    async fn log(&self) -> Vec<(String, i64, Value)> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("select idx, body from journal.entries where tenant_id = $1 order by 1")
                .bind(self.tenant.id.uuid())
                .fetch_all(&self.db.owner().await)
                .await
                .unwrap();
        let parse = |(index, body): (i64, Vec<u8>)| {
            let mut event: Value = serde_json::from_slice(&body).unwrap();
            (event["type"].as_str().unwrap().to_owned(), index, event["data"].take())
        };
        rows.into_iter().map(parse).collect()
    }
}

#[tokio::test]
async fn the_successor_signs_from_exactly_where_the_old_key_ends() {
    let world = world().await;
    let gate = world.gate("edge").await;
    world.db.clock.advance(TimeDelta::seconds(1));
    let path = format!("/v1/gates/{gate}/keypairs/rotate");
    let (status, new) = world.post(&path, json!({ "overlap_seconds": 60 })).await;
    assert_eq!(status, StatusCode::CREATED, "{new}");
    assert_eq!((&new["state"], &new["signs_until"]), (&json!("active"), &Value::Null));

    let (kind, index, event) = world.log().await.pop().unwrap();
    assert_eq!(kind, "gate.keypair_rotated.v1");
    assert_eq!((&new["signs_from"], &new["epoch"]), (&json!(index + 1), &json!(index + 1)));
    assert_eq!(event["moves_epoch"], true);
    assert_eq!(
        (&event["active"]["key_id"], &event["active"]["signs_from"]),
        (&new["key_id"], &json!(index + 1))
    );
    assert_eq!(event["previous"]["signs_until"], json!(index + 1));

    let pairs = world.keypairs(&gate).await;
    let old = &pairs[1];
    assert_eq!(pairs.len(), 2);
    assert_eq!(pairs[0]["key_id"], new["key_id"]);
    assert_eq!(
        (&old["state"], &old["signs_from"], &old["signs_until"]),
        (&json!("retiring"), &json!(0), &json!(index + 1))
    );
    assert_eq!(old["retires_at"], json!(rfc3339(world.db.clock.now() + TimeDelta::seconds(60))));

    let (_, jwks) = world.app.get(&format!("/v1/gates/{gate}/jwks.json"), "").await;
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!((&keys[0]["signs_from"], keys[0].get("signs_until")), (&json!(index + 1), None));
    assert_eq!((&keys[1]["signs_from"], &keys[1]["signs_until"]), (&json!(0), &json!(index + 1)));
    let (_, read) = world.app.get(&format!("/v1/gates/{gate}"), &world.tenant.api_key).await;
    assert_eq!(read["public_key"], new["public_key"]);

    // The overlap ends by itself, and a second rotation leaves what had ended as it was.
    world.db.clock.advance(TimeDelta::seconds(60));
    assert_eq!(world.keypairs(&gate).await[1]["state"], "retired");
    let (status, newest) = world.post(&format!("/v1/gates/{gate}/keypairs"), json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{newest}");
    let states: Vec<_> =
        world.keypairs(&gate).await.iter().map(|pair| pair["state"].clone()).collect();
    assert_eq!(states, ["active", "retiring", "retired"]);
}

#[tokio::test]
async fn an_old_key_pair_is_retired_once_and_the_one_that_signs_never() {
    let world = world().await;
    let gate = world.gate("edge").await;
    let first = world.keypairs(&gate).await.remove(0);
    let retire = |key: &Value| {
        format!("/api/v1/gates/gate_edge/keypairs/{}/retire", key["key_id"].as_str().unwrap())
    };
    let (status, problem) = world.post(&retire(&first), json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("keypair.active")));

    let (_, second) = world.post(&format!("/v1/gates/{gate}/keypairs/rotate"), json!({})).await;
    let (status, retired) = world.post(&retire(&first), json!({})).await;
    assert_eq!((status, &retired["state"]), (StatusCode::OK, &json!("retired")), "{retired}");
    assert_eq!(retired["signs_until"], second["signs_from"]);
    let log = world.log().await;
    let (kind, _, event) = log.last().unwrap();
    assert_eq!(kind, "gate.keypair_retired.v1");
    assert_eq!((&event["keypair"]["key_id"], event.get("moves_epoch")), (&first["key_id"], None));
    let (status, again) = world.post(&retire(&first), json!({})).await;
    assert_eq!((status, again), (StatusCode::OK, retired));
    assert_eq!(world.log().await.len(), log.len());

    world.db.clock.advance(TimeDelta::seconds(1));
    let at_once = json!({ "overlap_seconds": 0 });
    world.post(&format!("/v1/gates/{gate}/keypairs/rotate"), at_once).await;
    assert_eq!(world.keypairs(&gate).await[1]["state"], "retired");
}

#[tokio::test]
async fn rotations_at_once_leave_one_key_that_signs_and_positions_without_a_gap() {
    let world = world().await;
    let gate = world.gate("edge").await;
    let path = format!("/v1/gates/{gate}/keypairs/rotate");
    for _ in 0..4 {
        let answers = join_all((0..6).map(|_| world.post(&path, json!({})))).await;
        let won = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
        assert!(won >= 1);
        for (status, problem) in answers.iter().filter(|(status, _)| *status != StatusCode::CREATED)
        {
            assert_eq!(
                (*status, &problem["code"]),
                (StatusCode::CONFLICT, &json!("keypair.rotation_raced"))
            );
        }
    }
    let mut pairs = world.keypairs(&gate).await;
    // The test's clock stands, so ids do not order them.
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair["signs_from"].as_i64()));
    assert_eq!(pairs.iter().filter(|pair| pair["state"] == "active").count(), 1);
    for pair in pairs.windows(2) {
        assert_eq!(pair[1]["signs_until"], pair[0]["signs_from"], "newest first: {pairs:#?}");
    }
    let rotated = world.log().await.into_iter().filter(|(kind, ..)| kind.contains("rotated"));
    assert_eq!(rotated.count(), pairs.len() - 1);
}

#[tokio::test]
async fn bad_rotations_are_refused_and_change_nothing() {
    let world = world().await;
    let gate = world.gate("edge").await;
    let other = world.gate("other").await;
    let path = format!("/v1/gates/{gate}/keypairs/rotate");
    for (body, code) in [
        (json!({ "overlap_seconds": 2_592_001 }), "request.invalid_value"),
        (json!({ "overlap_seconds": -1 }), "request.invalid_value"),
        (json!({ "overlap_seconds": "60" }), "request.wrong_type"),
        (json!({ "overlap": 60 }), "request.unknown_member"),
    ] {
        let (status, problem) = world.post(&path, body.clone()).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{body}");
    }
    let foreign = world.keypairs(&other).await[0]["key_id"].as_str().unwrap().to_owned();
    for (gate, key, code) in [
        (gate.as_str(), foreign.as_str(), "keypair.not_found"),
        ("gate_nobody", foreign.as_str(), "gate.not_found"),
    ] {
        let retire = format!("/v1/gates/{gate}/keypairs/{key}/retire");
        let (status, problem) = world.post(&retire, json!({})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!(code)));
    }
    let reader = ScopeSet::from_iter([Scope::KeypairsRead, Scope::GatesUpdate]);
    let (_, reader) = world.db.api_key(world.tenant.id, &reader, "machine").await;
    let (status, problem) = world.app.post(&path, &reader, json!({})).await;
    assert_eq!(
        (status, &problem["required_scope"]),
        (StatusCode::FORBIDDEN, &json!("keypairs:write"))
    );
    assert_eq!(world.log().await.len(), 2);
}

#[tokio::test]
async fn another_tenants_gate_is_not_rotated() {
    let world = world().await;
    let gate = world.gate("edge").await;
    let stranger = world.db.tenant("other").await;
    let key = world.keypairs(&gate).await[0]["key_id"].as_str().unwrap().to_owned();
    for path in ["/keypairs", "/keypairs/rotate", &format!("/keypairs/{key}/retire")] {
        for gate in [gate.as_str(), "gate_edge"] {
            let path = format!("/v1/gates/{gate}{path}");
            let (status, problem) = world.app.post(&path, &stranger.api_key, json!({})).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::NOT_FOUND, &json!("gate.not_found"))
            );
        }
    }
    assert_eq!(world.keypairs(&gate).await.len(), 1);
}
