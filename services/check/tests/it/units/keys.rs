//! Asked again: keys of single checks within a unit, and of the whole request.

use axum::body::Body;
use gw_credentials::capability::NewCaveat;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{codes, decide, path};
use crate::world::{World, search, world};

fn keyed(token: &str, key: &str, target: &str) -> Value {
    let mut body = search(token);
    body["idempotency_key"] = key.into();
    body["target"] = target.into();
    body
}

/// Asks under a key of the request; the status, the body, and whether all of it was given before.
async fn ask(world: &World, key: &str, checks: &[Value]) -> (StatusCode, Value, bool) {
    let request = Request::post(path(world))
        .header("authorization", format!("Bearer {}", world.tenant.api_key))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    let body = json!({ "checks": checks }).to_string();
    let answer = world.app.send(request.body(Body::from(body)).unwrap()).await;
    let replayed = answer.headers().contains_key("idempotency-replayed");
    (answer.status(), serde_json::from_slice(answer.body()).unwrap(), replayed)
}

/// The answers without saying that they were given before.
fn first_time(mut answers: Vec<Value>) -> Vec<Value> {
    for answer in &mut answers {
        assert_eq!(answer["idempotency_replayed"], true, "{answer:#}");
        answer.as_object_mut().unwrap().remove("idempotency_replayed");
    }
    answers
}

#[tokio::test]
async fn a_key_stands_for_one_check_within_a_unit_and_beyond_it() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(2)]);
    let (one, two) = (keyed(&token, "one", "a"), keyed(&token, "two", "b"));
    let before = world.entries().await;
    let other = keyed(&token, "one", "elsewhere");
    let checks = vec![one.clone(), one.clone(), other.clone(), two.clone(), one.clone()];
    let answers = decide(&world, checks).await;
    assert_eq!(world.entries().await, before + 2, "one record for each key");
    assert_eq!(
        first_time(vec![answers[1].clone(), answers[4].clone()]),
        vec![answers[0].clone(); 2]
    );
    let problem = &answers[2]["problem"];
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&json!(409), &json!("check.idempotency_conflict"))
    );
    assert!(answers[2].get("decision").is_none() && answers[2].get("allowed").is_none());
    assert_eq!(answers[3]["code"], "ok", "{:#}", answers[3]);

    // The same alone, and in another order with others: the same answers, and nothing is taken.
    assert_eq!(world.ask(one.clone()).await.1, answers[0]);
    assert_eq!(world.ask(other).await.0, StatusCode::CONFLICT);
    let later = decide(&world, vec![two.clone(), keyed(&token, "three", "c"), one]).await;
    assert_eq!(codes(&later), ["ok", "budget.calls", "ok"]);
    let again = first_time(vec![later[0].clone(), later[2].clone()]);
    assert_eq!(again, [answers[3].clone(), answers[0].clone()]);
    assert_eq!(world.entries().await, before + 3);
}

#[tokio::test]
async fn a_key_of_the_request_stands_for_all_of_it() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(3)]);
    let checks = vec![search(&token); 4];
    let (status, first, replayed) = ask(&world, "all", &checks).await;
    assert_eq!((status, replayed), (StatusCode::OK, false), "{first:#}");
    let answers = first["answers"].as_array().unwrap();
    assert_eq!(codes(answers), ["ok", "ok", "ok", "budget.calls"]);
    let entries = world.entries().await;
    for _ in 0..2 {
        let (status, again, replayed) = ask(&world, "all", &checks).await;
        assert_eq!((status, replayed), (StatusCode::OK, true));
        assert_eq!(first_time(again["answers"].as_array().unwrap().clone()), *answers);
    }
    // Whatever is different anywhere is another request, whole.
    let mut longer = checks.clone();
    longer.push(search(&token));
    let mut target = checks.clone();
    target[3]["target"] = "x".into();
    for other in [&checks[..3], &longer, &target] {
        let (status, problem, _) = ask(&world, "all", other).await;
        assert_eq!(
            (status.as_u16(), &problem["code"]),
            (409, &json!("check.idempotency_conflict")),
            "{problem:#}"
        );
    }
    let mut same = checks.clone();
    same[0]["min_epoch"] = 1.into();
    assert!(ask(&world, "all", &same).await.2, "no decision depends on it");
    assert_eq!(world.entries().await, entries);
    let (status, problem, _) = ask(&world, "all", &[keyed(&token, "own", "x")]).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("idempotency.ambiguous")));
}

#[tokio::test]
async fn a_unit_that_is_asked_again_is_decided_afresh() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    let other = world.token(&[]);
    let checks = [search(&token), search(&other)];
    let (_, first, _) = ask(&world, "all", &checks).await;
    world.revoke(&jti).await;
    let entries = world.entries().await;
    let (status, second, replayed) = ask(&world, "all", &checks).await;
    assert_eq!((status, replayed), (StatusCode::OK, false));
    let answers = second["answers"].as_array().unwrap();
    assert_eq!(codes(answers), ["credential.revoked", "ok"]);
    assert_eq!(first_time(vec![answers[1].clone()]), [first["answers"][1].clone()]);
    assert_eq!(world.entries().await, entries + 1, "the new block is recorded");
}
