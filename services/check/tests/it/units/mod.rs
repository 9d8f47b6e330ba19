//! Checks that are asked together: one answer each, one transaction for all.

mod keys;
mod racing;
mod refused;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_credentials::capability::NewCaveat;
use gw_crypto::{
    keys::PublicKey,
    note::{Note, VerifierKey},
    receipt::Receipt,
};
use gw_kernel::Scope;
use gw_testkit::App;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    log::log_key,
    world::{World, in_mode, search, world},
};

/// Where the gate is asked several checks.
fn path(world: &World) -> String {
    format!("/v1/gates/{}/checks", world.gate)
}

async fn ask_at(app: &App, world: &World, checks: Vec<Value>) -> (StatusCode, Value) {
    app.post(&path(world), &world.tenant.api_key, json!({ "checks": checks })).await
}

async fn ask(world: &World, checks: Vec<Value>) -> (StatusCode, Value) {
    ask_at(&world.app, world, checks).await
}

/// The answers to checks that can all be decided.
async fn decide(world: &World, checks: Vec<Value>) -> Vec<Value> {
    let count = checks.len();
    let (status, mut answer) = ask(world, checks).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    let Value::Array(answers) = answer["answers"].take() else { panic!("{answer:#}") };
    assert_eq!(answers.len(), count);
    answers
}

/// What each answer says.
fn codes(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["code"].as_str().unwrap()).collect()
}

/// The positions of the answers' records.
fn positions(answers: &[Value]) -> Vec<u64> {
    let receipt = |answer: &Value| {
        Receipt::parse(answer["attestation"]["receipt"].as_str().unwrap()).unwrap()
    };
    answers.iter().map(|answer| receipt(answer).index).collect()
}

async fn number(world: &World, sql: &'static str) -> i64 {
    let owner = world.db.owner().await;
    sqlx::query_scalar(sql).bind(world.tenant.id.uuid()).fetch_one(&owner).await.unwrap()
}

async fn batches(world: &World) -> i64 {
    number(world, "select count(*) from journal.batches where tenant_id = $1").await
}

#[tokio::test]
async fn each_has_its_own_answer_and_all_records_are_of_one_batch() {
    let mut world = world().await;
    for signing in ["each", "batch"] {
        world.gate = world.add_gate(None, "L1", signing).await;
        let token = world.token(&[NewCaveat::ToolAllow(vec!["api:search".to_owned()])]);
        let mut denied = search(&token);
        denied["action"] = "api:delete".into();
        let unreadable = json!({"action": "api:search", "credential": 7});
        let nobody = json!({"action": "api:search", "target": "x", "unknown": [1]});
        let before = (world.entries().await, batches(&world).await);
        let checks = vec![search(&token), denied, unreadable, search(&token), nobody];
        let answers = decide(&world, checks).await;
        assert_eq!(
            codes(&answers),
            ["ok", "scope.denied", "credential.malformed", "ok", "credential.missing"]
        );
        let after = (world.entries().await, batches(&world).await);
        assert_eq!((after.0 - before.0, after.1 - before.1), (5, 1), "one record each, one batch");
        let positions = positions(&answers);
        assert!(positions.windows(2).all(|two| two[0] + 1 == two[1]), "{positions:?}");
        for answer in &answers {
            prove(&world, answer).await;
            let id = answer["decision_id"].as_str().unwrap();
            let read = format!("/v1/admin/decisions/{id}");
            let (_, read) = world.app.get(&read, &world.tenant.api_key).await;
            assert_eq!(read["attestation"], answer["attestation"], "it reads back as it was told");
            assert!(answer.get("idempotency_replayed").is_none());
        }
    }
}

/// Proves an answer with the published keys.
async fn prove(world: &World, answer: &Value) {
    let attestation = &answer["attestation"];
    let record = attestation["attestation_json"].as_str().unwrap().as_bytes();
    let key = log_key(world).await;
    let receipt = Receipt::parse(attestation["receipt"].as_str().unwrap()).unwrap();
    receipt.verify(record, std::slice::from_ref(&key)).unwrap();
    let gate = attestation["attester_public_key"].as_str().unwrap();
    let gate = PublicKey::from_base64(gate).unwrap();
    if let Some(signature) = attestation["signature"].as_str() {
        gate.verify_strict(record, &STANDARD.decode(signature).unwrap()).unwrap();
    } else {
        let name = format!("gatewright.localhost/gates/{}", world.gate);
        let gate = VerifierKey::new(name, gate);
        let note = Note::parse(&receipt.checkpoint).unwrap();
        assert_eq!(note.verify(std::slice::from_ref(&gate)).unwrap(), [&gate]);
    }
}

#[tokio::test]
async fn a_budget_is_taken_in_the_order_of_the_checks() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(3), NewCaveat::MaxCost(100)]);
    let costs = |cents: i64| {
        let mut body = search(&token);
        body["cost_cents"] = cents.into();
        body
    };
    let checks = [60, 50, 40, 0, 0].map(costs).to_vec();
    let answers = decide(&world, checks).await;
    assert_eq!(codes(&answers), ["ok", "budget.cost", "ok", "ok", "budget.calls"]);
    let left =
        |answer: &Value| [0, 1].map(|at| answer["limits"][at]["remaining"].as_i64().unwrap());
    let left: Vec<[i64; 2]> = answers.iter().map(left).collect();
    assert_eq!(left, [[2, 40], [2, 40], [1, 0], [0, 0], [0, 0]]);
    assert_eq!(world.ask_with(&token).await.1["code"], "budget.cost", "no cost, no calls left");
    let used = "select used from journal.counters where tenant_id = $1 and key like 'calls:%'";
    assert_eq!(number(&world, used).await, 3);
}

#[tokio::test]
async fn every_mount_and_an_observing_gate_answer_as_for_one_check() {
    let world = in_mode("observe").await;
    let token = world.token(&[NewCaveat::MaxCalls(1)]);
    for mount in ["/v1", "/api/v1", "/api", ""] {
        let path = format!("{mount}/gates/gate_front/checks");
        let body = json!({ "checks": [{"action": "a"}, {"action": "b"}] });
        let (status, answer) = world.app.post(&path, &world.tenant.api_key, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer:#}");
        for one in answer["answers"].as_array().unwrap() {
            assert_eq!((&one["decision"], &one["would"]), (&json!("allow"), &json!("block")));
        }
    }
    let answers = decide(&world, vec![search(&token), search(&token)]).await;
    assert_eq!(codes(&answers), ["ok", "budget.calls"]);
    assert_eq!(answers[1]["would"], "block");
}

#[tokio::test]
async fn a_credential_in_the_header_is_every_checks() {
    let world = world().await;
    let (token, other) = (world.token(&[]), world.token(&[]));
    let body = json!({ "checks": [{"action": "a"}, search(&token), search(&other)] });
    let request = http::Request::post(path(&world))
        .header("authorization", format!("Bearer {}", world.tenant.api_key))
        .header("content-type", "application/json")
        .header("x-gatewright-credential", &token)
        .body(axum::body::Body::from(body.to_string()))
        .unwrap();
    let answer = world.app.send(request).await;
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    let answers = answer["answers"].as_array().unwrap();
    assert_eq!(codes(answers), ["ok", "ok", "credential.malformed"]);
}

#[tokio::test]
async fn as_many_as_there_may_be_fit_into_one_batch() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(255)]);
    let before = batches(&world).await;
    let answers = decide(&world, vec![search(&token); 256]).await;
    let allowed = answers.iter().filter(|answer| answer["decision"] == "allow").count();
    assert_eq!((allowed, answers[255]["code"].as_str()), (255, Some("budget.calls")));
    assert_eq!(batches(&world).await, before + 1);
    let lone = decide(&world, vec![search(&world.token(&[]))]).await;
    assert_eq!(codes(&lone), ["ok"]);
}

#[tokio::test]
async fn more_limits_than_are_taken_together_are_refused_and_take_nothing() {
    let world = world().await;
    let caveats = vec![NewCaveat::MaxCalls(9); 60];
    let checks: Vec<Value> = (0..40).map(|_| search(&world.token(&caveats))).collect();
    let before = world.entries().await;
    let (status, problem) = ask(&world, checks.clone()).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("checks.too_many_limits")));
    assert_eq!(world.entries().await, before);
    let same = vec![checks[0].clone(); 40];
    let answers = decide(&world, same).await;
    assert_eq!(codes(&answers)[..10].iter().filter(|code| **code == "ok").count(), 9);
}

#[tokio::test]
async fn a_key_for_dry_runs_may_not_ask_and_a_key_for_another_gate_neither() {
    let world = world().await;
    let scopes = [Scope::ChecksDryRun].into_iter().collect();
    let (_, tries) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    let before = world.entries().await;
    let body = json!({ "checks": [search(&world.token(&[]))] });
    let (status, problem) = world.app.post(&path(&world), &tries, body.clone()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("caller.forbidden")));
    assert_eq!(problem["required_scope"], "checks:write");
    let (status, problem) =
        world.app.post("/v1/gates/gate_no/checks", &world.tenant.api_key, body).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("gate.not_found")));
    assert_eq!(world.entries().await, before);
}
