//! Asking again under the same key: one decision, one record, one answer.

use std::collections::BTreeSet;

use axum::body::Body;
use futures::future::join_all;
use gw_check::Check;
use gw_credentials::capability::NewCaveat;
use gw_crypto::sha256;
use gw_kernel::Scope;
use gw_testkit::App;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, call, search, world};

const JSON: (&str, &str) = ("content-type", "application/json");

fn keyed(token: &str, key: &str) -> Value {
    let mut body = search(token);
    body["idempotency_key"] = key.into();
    body
}

/// Asks with this body and key, in the header; the status, the body, and whether it is a replay.
async fn ask(world: &World, key: &str, body: &Value) -> (StatusCode, Value, bool) {
    let headers = [JSON, ("idempotency-key", key)];
    let (status, answer, headers) = world.ask_headed(&headers, &body.to_string()).await;
    (status, answer, replayed(&headers))
}

fn replayed(headers: &HeaderMap) -> bool {
    headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

/// What the day's end is, as the database says it.
async fn let_the_day_pass(world: &World) {
    sqlx::query("update journal.uses set expires_at = expires_at - interval '1 day'")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_one_record() {
    let world = world().await;
    let limits = [NewCaveat::MaxCalls(5), NewCaveat::RateLimit(9), NewCaveat::MaxCost(70)];
    let mut body = search(&world.token(&limits));
    body["cost_cents"] = 7.into();
    let (status, first, again) = ask(&world, "order 1", &body).await;
    assert_eq!((status, &first["decision"], again), (StatusCode::OK, &json!("allow"), false));
    assert_eq!(first["limits"][0]["remaining"], 4, "{first:#}");
    let entries = world.entries().await;
    for _ in 0..3 {
        assert_eq!(ask(&world, "order 1", &body).await, (StatusCode::OK, first.clone(), true));
    }
    body["min_epoch"] = 1.into();
    body["idempotency_key"] = "order 1".into();
    let (_, member, headers) = world.ask_headed(&[JSON], &body.to_string()).await;
    assert_eq!((&member, replayed(&headers)), (&first, true), "member and header are the same");
    assert_eq!(world.entries().await, entries);

    let (_, other, again) = ask(&world, "order 2", &body).await;
    assert_eq!((other["code"].as_str(), again), (Some("idempotency.ambiguous"), false));
    body["idempotency_key"] = Value::Null;
    let (_, other, again) = ask(&world, "order 2", &body).await;
    assert_eq!((&other["limits"][0]["remaining"], again), (&json!(3), false), "another key");
    assert_ne!(other["decision_id"], first["decision_id"]);
}

#[tokio::test]
async fn the_record_names_the_key_by_its_hash_and_reads_back_as_before() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let world = world().await;
    let (_, answer, _) = ask(&world, "ключ \u{1f511}", &search(&world.token(&[]))).await;
    let record = world.newest().await;
    let sha256 = STANDARD.encode(sha256("ключ \u{1f511}"));
    assert_eq!(record["data"]["idempotency_key_sha256"], sha256);
    assert!(!answer["attestation"]["attestation_json"].as_str().unwrap().contains("ключ"));
    let path = format!("/v1/admin/decisions/{}", answer["decision_id"].as_str().unwrap());
    let (_, read) = world.app.get(&path, &world.tenant.api_key).await;
    assert_eq!(read["attestation"], answer["attestation"]);
    world.ask(search(&world.token(&[]))).await;
    assert!(world.newest().await["data"].get("idempotency_key_sha256").is_none());
}

#[tokio::test]
async fn another_request_under_the_key_is_a_conflict_and_leaves_no_record() {
    let world = world().await;
    let token = world.token(&[]);
    let mut body = keyed(&token, "k");
    body["context"] = json!({"ip": "192.0.2.1"});
    body["arguments"] = json!({"id": 1});
    assert_eq!(world.ask(body.clone()).await.0, StatusCode::OK);
    let entries = world.entries().await;
    let mut others = Vec::new();
    for (member, value) in [
        ("action", json!("api:delete")),
        ("target", json!("account:7")),
        ("arguments", json!({"id": 2})),
        ("context", json!({"ip": "192.0.2.2"})),
        ("cost_cents", json!(1)),
        ("credential", search(&world.token(&[]))["credential"].clone()),
        ("credential", Value::Null),
        ("passport_id", json!("p")),
        ("something_new", json!(true)),
    ] {
        let mut other = body.clone();
        other[member] = value;
        others.push((vec![JSON], other));
    }
    others.push((vec![JSON, ("x-modei-passport-id", "p")], body.clone()));
    others.push((vec![JSON, ("x-gatewright-credential", &token)], body.clone()));
    for (headers, other) in others {
        let (status, problem, _) = world.ask_headed(&headers, &other.to_string()).await;
        let code = (status.as_u16(), problem["code"].as_str());
        assert_eq!(code, (409, Some("check.idempotency_conflict")), "{headers:?} {other}");
    }
    assert_eq!(world.entries().await, entries);
    let spelled = body.to_string().replace("\"id\":1", "\"id\" : 1e0");
    let (status, _, headers) = world.ask_headed(&[JSON], &spelled).await;
    assert_eq!((status, replayed(&headers)), (StatusCode::OK, true), "the same in other letters");
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let world = world().await;
    let (token, before) = (world.token(&[]), world.entries().await);
    let long = "k".repeat(257);
    let member = |value: Value| {
        let mut body = search(&token);
        body["idempotency_key"] = value;
        body.to_string()
    };
    let plain = search(&token).to_string();
    for (headers, body, code) in [
        (vec![JSON], member(json!("")), "request.wrong_type"),
        (vec![JSON], member(json!(7)), "request.wrong_type"),
        (vec![JSON], member(json!(long)), "request.too_long"),
        (vec![JSON], member(json!("é".repeat(129))), "request.too_long"),
        (vec![JSON, ("idempotency-key", "")], plain.clone(), "request.invalid_value"),
        (vec![JSON, ("idempotency-key", &long)], plain.clone(), "request.too_long"),
        (
            vec![JSON, ("idempotency-key", "a"), ("idempotency-key", "b")],
            plain.clone(),
            "idempotency.ambiguous",
        ),
        (vec![JSON, ("idempotency-key", "a")], member(json!("b")), "idempotency.ambiguous"),
        (
            vec![JSON],
            plain.replace("\"action\"", "\"Idempotency_Key\":\"k\",\"action\""),
            "request.case_variant",
        ),
    ] {
        let (status, problem, _) = world.ask_headed(&headers, &body).await;
        assert_eq!((status.as_u16(), &problem["code"]), (400, &json!(code)), "{problem:#}");
    }
    assert_eq!(world.entries().await, before);
    for key in ["k".repeat(256), " ".to_owned(), "é".repeat(128)] {
        assert_eq!(world.ask(keyed(&token, &key)).await.0, StatusCode::OK);
    }
    let headers = [JSON, ("idempotency-key", "both")];
    let both = member(json!("both"));
    assert_eq!(world.ask_headed(&headers, &both).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_replay_is_decided_afresh() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    let body = search(&token);
    let (_, first, _) = ask(&world, "k", &body).await;
    assert_eq!(first["decision"], "allow");
    world.revoke(&jti).await;
    let entries = world.entries().await;
    for recorded in 1..=2 {
        let (status, blocked, again) = ask(&world, "k", &body).await;
        let code = (status, blocked["code"].as_str(), again);
        assert_eq!(code, (StatusCode::OK, Some("credential.revoked"), false), "{blocked:#}");
        assert_eq!(world.newest().await["id"], blocked["decision_id"]);
        assert_eq!(world.entries().await, entries + recorded, "each no is a record of its own");
    }
    world.set_tenant_state("suspended").await;
    let (status, problem, _) = ask(&world, "k", &body).await;
    assert_eq!((status.as_u16(), &problem["code"]), (403, &json!("tenant.suspended")));
}

#[tokio::test]
async fn a_budget_that_the_first_one_used_up_is_not_asked_for_again() {
    let world = world().await;
    let body = search(&world.token(&[NewCaveat::MaxCalls(1)]));
    let (_, first, _) = ask(&world, "k", &body).await;
    assert_eq!(
        (&first["decision"], &first["limits"][0]["remaining"]),
        (&json!("allow"), &json!(0))
    );
    assert_eq!(ask(&world, "k", &body).await, (StatusCode::OK, first.clone(), true));
    let (_, second, _) = ask(&world, "l", &body).await;
    assert_eq!(second["code"], "budget.calls");
    assert_eq!(
        ask(&world, "l", &body).await,
        (StatusCode::OK, second, true),
        "a block is given again"
    );
    assert_eq!(ask(&world, "k", &body).await, (StatusCode::OK, first, true));
}

#[tokio::test]
async fn a_recorded_block_is_given_again_when_it_would_be_allowed() {
    let world = world().await;
    let body = search(&world.token(&[NewCaveat::RateLimit(1)]));
    assert_eq!(world.ask(body.clone()).await.1["decision"], "allow");
    let (_, blocked, _) = ask(&world, "k", &body).await;
    assert_eq!(blocked["code"], "budget.rate", "{blocked:#}");
    sqlx::query("update journal.counters set since = since - interval '1 minute'")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    let entries = world.entries().await;
    assert_eq!(ask(&world, "k", &body).await, (StatusCode::OK, blocked, true));
    assert_eq!(world.entries().await, entries);
    assert_eq!(ask(&world, "l", &body).await.1["decision"], "allow", "another key asks anew");
}

#[tokio::test]
async fn a_key_stands_for_a_day_by_the_batches_clock() {
    let world = world().await;
    let body = search(&world.token(&[]));
    let (_, first, _) = ask(&world, "k", &body).await;
    assert!(ask(&world, "k", &body).await.2);
    let_the_day_pass(&world).await;
    let mut other = body.clone();
    other["target"] = "elsewhere".into();
    let (status, second, again) = ask(&world, "k", &other).await;
    assert_eq!((status, again), (StatusCode::OK, false), "{second:#}");
    assert_ne!(second["decision_id"], first["decision_id"]);
    assert_eq!(ask(&world, "k", &other).await, (StatusCode::OK, second, true));
    assert_eq!(ask(&world, "k", &body).await.0, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_callers_on_two_replicas_share_one_record() {
    let world = world().await;
    let replica = gw_testkit::app::<Check>(&world.db).await;
    let token = world.token(&[NewCaveat::MaxCalls(3)]);
    let (before, api_key) = (world.entries().await, &world.tenant.api_key);
    for key in ["a", "b"] {
        let asks = (0..64).map(|caller| {
            let app: &App = if caller % 2 == 0 { &world.app } else { &replica };
            let (path, body) = (world.path(), keyed(&token, key));
            async move { app.post(&path, api_key, body).await }
        });
        let mut answers = BTreeSet::new();
        for (status, answer) in join_all(asks).await {
            assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")));
            answers.insert(answer.to_string());
        }
        assert_eq!(answers.len(), 1, "all hear the same, byte for byte");
    }
    assert_eq!(world.entries().await, before + 2);
    let later = gw_testkit::app::<Check>(&world.db).await;
    let (_, answer) = later.post(&world.path(), api_key, keyed(&token, "a")).await;
    assert_eq!(answer["limits"][0]["remaining"], 2, "a process that starts later knows it too");
    assert_eq!(world.entries().await, before + 2);
}

#[tokio::test]
async fn keys_of_tenants_callers_and_gates_are_their_own() {
    let world = world().await;
    let scopes = [Scope::ChecksWrite].into_iter().collect();
    let (_, colleague) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    let side = world.add_gate(Some("gate_side"), "L1", "batch").await;
    let body = keyed(&world.token(&[]), "k");
    let (front, own) = (world.path(), world.tenant.api_key.clone());
    let aside = format!("/v1/gates/{side}/check");
    let neighbour = world.db.tenant("neighbour").await;
    let theirs = World::with(world.db, neighbour).await;
    let foreign = keyed(&theirs.token(&[]), "k");

    let mut ids = BTreeSet::new();
    let mut ask = async |path: &str, key: &str, body: &Value| {
        let (status, answer) = theirs.app.post(path, key, body.clone()).await;
        assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")), "{answer:#}");
        ids.insert(answer["decision_id"].to_string());
        ids.len()
    };
    assert_eq!(ask(&front, &own, &body).await, 1);
    assert_eq!(ask(&front, &colleague, &body).await, 2);
    assert_eq!(ask(&aside, &own, &body).await, 3);
    assert_eq!(ask(&theirs.path(), &theirs.tenant.api_key, &foreign).await, 4);
    for path in [front.as_str(), "/gates/gate_front/check", "/api/gates/gate_front/check"] {
        assert_eq!(ask(path, &own, &body).await, 4, "{path}");
    }
    assert_eq!(ask("/api/v1/gates/gate_side/check", &own, &body).await, 4);
    assert_eq!(ask(&theirs.path(), &theirs.tenant.api_key, &foreign).await, 4);
}

#[tokio::test]
async fn a_rotated_secret_is_the_same_caller() {
    let world = world().await;
    let body = keyed(&world.token(&[]), "k");
    let (_, first) = world.ask(body.clone()).await;
    let rotated = world.rotate_api_key(chrono::TimeDelta::minutes(5)).await;
    let (_, again) = world.app.post(&world.path(), &rotated, body).await;
    assert_eq!(again, first);
}

/// What an agent hears that asks for itself.
async fn agent(
    world: &World,
    path: &str,
    token: &str,
    key: &str,
    body: &Value,
) -> (StatusCode, Value, bool) {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = world.app.send(request).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    (answer.status(), body, replayed(answer.headers()))
}

#[tokio::test]
async fn agents_have_keys_of_their_own_on_both_their_surfaces() {
    let world = world().await;
    let (token, jti) = world.mint(&[NewCaveat::MaxCalls(1)]);
    let other = world.token(&[]);
    let (rpc, plain) = ("/v1/mcp", "/v1/tool-call");
    let call_it = json!({"tool": "read_it", "args": {"id": "secret-argument"}});
    let (_, first, again) = agent(&world, rpc, &token, "k", &call("read_it")).await;
    let said = &first["result"]["_intentgate"];
    assert_eq!((&said["decision"], again), (&json!("allow"), false), "{first:#}");
    let entries = world.entries().await;
    let mut later = call("read_it");
    later["id"] = 8.into();
    let (_, second, again) = agent(&world, rpc, &token, "k", &later).await;
    assert_eq!(second["result"]["_intentgate"]["attestation"], said["attestation"]);
    assert_eq!((&second["id"], again), (&json!(8), true));
    let (_, same, again) = agent(&world, plain, &token, "k", &call_it).await;
    assert_eq!((&same["attestation"], again), (&said["attestation"], true));
    later.as_object_mut().unwrap().remove("id");
    let (status, _, again) = agent(&world, rpc, &token, "k", &later).await;
    assert_eq!((status, again), (StatusCode::NO_CONTENT, true));
    assert_eq!(world.entries().await, entries);

    let (_, conflict, _) = agent(&world, rpc, &token, "k", &call("delete_it")).await;
    assert_eq!(conflict["error"]["code"], -32602, "{conflict:#}");
    let (status, conflict, _) =
        agent(&world, plain, &token, "k", &json!({"tool": "delete_it"})).await;
    let code = (status.as_u16(), conflict["code"].as_str());
    assert_eq!(code, (409, Some("check.idempotency_conflict")));
    let (_, long, _) = agent(&world, rpc, &token, &"k".repeat(257), &call("read_it")).await;
    assert_eq!(long["error"]["code"], -32602, "{long:#}");
    assert_eq!(world.entries().await, entries);

    let (_, others, again) = agent(&world, plain, &other, "k", &call_it).await;
    assert_eq!((&others["decision"], again), (&json!("allow"), false), "{others:#}");
    world.revoke(&jti).await;
    let (_, revoked, again) = agent(&world, plain, &token, "k", &call_it).await;
    assert_eq!((&revoked["code"], again), (&json!("credential.revoked"), false));
}
