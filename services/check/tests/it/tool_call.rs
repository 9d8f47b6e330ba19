//! The plain surface: the same decisions, in another shape.

use gw_credentials::capability::NewCaveat;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, world};

async fn ask(world: &World, token: &str, body: Value) -> (StatusCode, Value) {
    world.app.post("/v1/tool-call", token, body).await
}

#[tokio::test]
async fn a_call_is_decided_and_recorded() {
    let world = world().await;
    let (token, jti) =
        world.mint(&[NewCaveat::ToolAllow(vec!["read_*".to_owned()]), NewCaveat::MaxCalls(1)]);
    let before = world.entries().await;
    let body = json!({
        "tool": "read_invoice", "args": {"id": "secret-argument"}, "agent_id": "agent-1",
        "session_id": "s-1", "new": true,
    });
    let (status, answer) = ask(&world, &token, body.clone()).await;
    assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")), "{answer:#}");
    assert!(answer["latency_ms"].is_u64() && answer["reason"].is_string());
    let record = world.newest().await;
    assert_eq!(
        (&record["id"], &record["data"]["decision"]),
        (&answer["decision_id"], &json!("allow"))
    );
    assert_eq!(record["data"]["caller"], json!({"kind": "agent", "credential_id": jti}));
    assert!(!record.to_string().contains("secret-argument"));
    assert!(record["data"]["arguments_hmac"].is_string());

    for (tool, check, code) in
        [("read_invoice", "budget", "budget.calls"), ("delete", "capability", "scope.denied")]
    {
        let (status, answer) = ask(&world, &token, json!({"tool": tool})).await;
        assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("block")), "{answer:#}");
        assert_eq!((&answer["check"], &answer["code"]), (&json!(check), &json!(code)));
        assert_eq!(world.newest().await["id"], answer["decision_id"]);
    }
    assert_eq!(world.entries().await, before + 3);
}

#[tokio::test]
async fn the_capability_may_stand_in_the_body_and_two_that_differ_are_none() {
    let world = world().await;
    let (token, other) = (world.token(&[]), world.token(&[]));
    let body = json!({"tool": "read_it", "intent_token": token});
    assert_eq!(ask(&world, "", body.clone()).await.1["decision"], "allow");
    assert_eq!(ask(&world, &token, body.clone()).await.1["decision"], "allow");
    let before = world.entries().await;
    let (status, answer) = ask(&world, &other, body).await;
    assert_eq!((status, &answer["code"]), (StatusCode::OK, &json!("credential.malformed")));
    let (_, answer) = ask(&world, "", json!({"tool": "read_it", "intent_token": ""})).await;
    assert_eq!(answer["code"], "credential.malformed", "empty is not absent");
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_400_with_a_word_and_no_record() {
    let world = world().await;
    let token = world.token(&[]);
    let before = world.entries().await;
    let long = json!({"tool": "a".repeat(257)}).to_string();
    for (body, word) in [
        ("", "invalid_json"),
        ("[]", "invalid_json"),
        (r#"{"tool":"a","tool":"b"}"#, "invalid_json"),
        (r#"{"tool":"a","TOOL":"b"}"#, "invalid_json"),
        (r#"{"tool":"a","Args":{}}"#, "invalid_json"),
        (r#"{"tool":7}"#, "invalid_json"),
        (r#"{"tool":"a","args":[]}"#, "invalid_json"),
        (r#"{"tool":"a","session_id":1}"#, "invalid_json"),
        (&long, "invalid_json"),
        ("{}", "missing_tool"),
        (r#"{"tool":""}"#, "missing_tool"),
        (r#"{"tool":"a","agent_id":"somebody-else"}"#, "wrong_agent"),
        (&" ".repeat(1024 * 1024 + 1), "read_body_failed"),
    ] {
        let shown = &body[..body.len().min(60)];
        let (status, answer) = world.app.post_bytes("/v1/tool-call", &token, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{shown}: {answer:#}");
        assert_eq!(answer["error"], word, "{shown}: {answer:#}");
        assert!(answer["detail"].is_string());
    }
    let request = Request::post("/v1/tool-call")
        .header("authorization", format!("Bearer {token}"))
        .header("x-intentgate-approval-id", "x")
        .body(json!({"tool": "a"}).to_string().into())
        .unwrap();
    let answer = world.app.send(request).await;
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.status().as_u16(), &body["error"]), (400, &json!("invalid_request")));
    assert_eq!(world.entries().await, before);
}
