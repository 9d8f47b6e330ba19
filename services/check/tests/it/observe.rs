//! A gate that observes lets through, says what enforcement would have said, and takes nothing
//! where that is no.

use futures::future::join_all;
use gw_credentials::capability::NewCaveat;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, call, in_mode, search};

/// Asks an observing gate; what it answers and what it would have answered.
async fn ask(world: &World, body: Value) -> (Value, Value) {
    let (status, mut answer) = world.ask(body).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!((&answer["decision"], &answer["allowed"]), (&json!("allow"), &json!(true)));
    let would = answer["would"].take();
    (would, answer)
}

async fn used(world: &World) -> Vec<i64> {
    let sql = "select used from journal.counters order by key";
    sqlx::query_scalar(sql).fetch_all(&world.db.owner().await).await.unwrap()
}

#[tokio::test]
async fn whatever_would_be_blocked_is_let_through_and_told() {
    let world = in_mode("observe").await;
    let (token, jti) = world.mint(&[NewCaveat::ToolAllow(vec!["api:search".to_owned()])]);
    let (would, answer) = ask(&world, search(&token)).await;
    assert_eq!((would, &answer["code"]), (Value::Null, &json!("ok")));
    assert!(world.newest().await["data"].get("would").is_none());

    let mut denied = search(&token);
    denied["action"] = "api:delete".into();
    let forged = json!({ "kind": "capability", "value": "forged" });
    for (body, code) in [
        (denied, "scope.denied"),
        (json!({ "action": "api:search" }), "credential.missing"),
        (json!({ "action": "api:search", "credential": forged }), "credential.malformed"),
    ] {
        let (would, answer) = ask(&world, body).await;
        assert_eq!((&would, &answer["code"]), (&json!("block"), &json!(code)), "{answer:#}");
        let record = world.newest().await;
        assert_eq!(record["id"], answer["decision_id"]);
        let data = &record["data"];
        let said = (&data["mode"], &data["decision"], &data["would"]);
        assert_eq!(said, (&json!("observe"), &json!("allow"), &json!("block")));
    }
    world.revoke(&jti).await;
    let (would, answer) = ask(&world, search(&token)).await;
    assert_eq!((would, &answer["code"]), (json!("block"), &json!("credential.revoked")));

    // Read back, alone and in a list, which can be asked for what enforcement would have blocked.
    let id = answer["decision_id"].as_str().unwrap();
    let key = &world.tenant.api_key;
    let (_, found) = world.app.get(&format!("/v1/admin/decisions/{id}"), key).await;
    assert_eq!((&found["decision"], &found["would"]), (&json!("allow"), &json!("block")));
    let path = world.path().replace("/check", "/attestations");
    for (query, count) in
        [("would=block", 4), ("would=DENY&decision=allow", 4), ("", 5), ("would=allow", 0)]
    {
        let (_, list) = world.app.get(&format!("{path}?{query}"), key).await;
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{query}: {list:#}");
    }
    let (status, problem) = world.app.get(&format!("{path}?would=maybe"), key).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &json!("request.invalid_query"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_budget_that_is_used_up_stays_where_it_was() {
    let world = in_mode("observe").await;
    let token = world.token(&[NewCaveat::MaxCalls(5)]);
    let answers = join_all((0..24).map(|_| ask(&world, search(&token)))).await;
    let fits = answers.iter().filter(|(would, _)| would.is_null()).count();
    assert_eq!(fits, 5, "enforcement would have said yes five times");
    for (_, answer) in answers.iter().filter(|(would, _)| would == "block") {
        assert_eq!(answer["code"], "budget.calls");
        assert_eq!(answer["limits"][0]["remaining"], 0);
    }
    assert_eq!(used(&world).await, [5]);
    let taken = &world.newest().await["data"]["inputs"]["taken"][0];
    assert!(taken["after"].as_i64().unwrap() <= 5);
}

#[tokio::test]
async fn what_would_be_blocked_elsewhere_spends_nothing_of_its_budgets() {
    let world = in_mode("observe").await;
    let allow = NewCaveat::ToolAllow(vec!["api:search".to_owned()]);
    let token = world.token(&[NewCaveat::MaxCalls(2), NewCaveat::MaxCost(10), allow]);
    let mut denied = search(&token);
    denied["action"] = "api:delete".into();
    assert_eq!(ask(&world, denied).await.0, "block");
    let mut dear = search(&token);
    dear["cost_cents"] = 11.into();
    assert_eq!(ask(&world, dear.clone()).await.1["code"], "budget.cost");
    assert!(used(&world).await.iter().all(|used| *used == 0), "all or none");
    dear["cost_cents"] = 10.into();
    assert_eq!(ask(&world, dear).await.0, Value::Null);
}

#[tokio::test]
async fn a_key_gives_the_answer_again_with_what_enforcement_would_have_said() {
    let world = in_mode("observe").await;
    let token = world.token(&[NewCaveat::MaxCalls(1)]);
    let keyed = |key: &str| {
        let mut body = search(&token);
        body["idempotency_key"] = key.into();
        body
    };
    let first = ask(&world, keyed("a")).await;
    let second = ask(&world, keyed("b")).await;
    assert_eq!((&first.0, &second.0), (&Value::Null, &json!("block")));
    let entries = world.entries().await;
    assert_eq!(ask(&world, keyed("a")).await, first);
    assert_eq!(ask(&world, keyed("b")).await, second);
    assert_eq!(world.entries().await, entries);
    assert_eq!(used(&world).await, [1]);
}

#[tokio::test]
async fn an_agent_that_asks_for_itself_is_let_through_by_its_own_standing_alone() {
    let world = in_mode("observe").await;
    let allow = NewCaveat::ToolAllow(vec!["read_*".to_owned()]);
    let (token, jti) = world.mint(&[NewCaveat::MaxCalls(1), allow]);
    let tool = async |tool: &str| {
        let (_, answer) = world.app.post("/v1/tool-call", &token, json!({ "tool": tool })).await;
        (answer["decision"].clone(), answer["would"].clone(), answer["code"].clone())
    };
    assert_eq!(tool("read_a").await, (json!("allow"), Value::Null, json!("ok")));
    assert_eq!(tool("read_a").await, (json!("allow"), json!("block"), json!("budget.calls")));
    assert_eq!(tool("drop").await, (json!("allow"), json!("block"), json!("scope.denied")));
    let answer = world.rpc(&token, call("drop").to_string()).await.1;
    let decision = &answer["result"]["_intentgate"];
    assert_eq!((&decision["decision"], &decision["would"]), (&json!("allow"), &json!("block")));
    assert!(answer.get("error").is_none(), "{answer:#}");
    world.revoke(&jti).await;
    assert_eq!(tool("read_a").await.0, "block", "its capability is all the right that it has");
}
