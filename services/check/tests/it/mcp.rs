//! MCP: who is let in, what a call comes to, and what it leaves in the log.

use std::sync::Arc;

use futures::future::join_all;
use gw_credentials::capability::{Claims, NewCaveat, mint, new_jti};
use gw_kernel::{Clock as _, TenantId};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, call, random, world};

/// The code, the message and the data.
pub(crate) fn error(answer: &Value) -> (i64, &str, &str) {
    let error = &answer["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    (error["code"].as_i64().unwrap_or_default(), text("message"), text("data"))
}

#[tokio::test]
async fn an_allowed_call_says_what_was_decided_and_its_record_is_in_the_log() {
    let world = world().await;
    let (token, jti) = world.mint(&[NewCaveat::ToolAllow(vec!["read_*".to_owned()])]);
    let before = world.entries().await;
    let answer = world.call(&token, "read_invoice").await;
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(7)), "{answer:#}");
    let result = &answer["result"];
    assert_eq!(result["isError"], false);
    assert!(result["content"][0]["text"].as_str().unwrap().contains("no upstream is configured"));
    let said = &result["_intentgate"];
    assert_eq!((&said["decision"], &said["code"]), (&json!("allow"), &json!("ok")));
    assert!(said["latency_ms"].is_u64() && said.get("check").is_none(), "{said:#}");

    assert_eq!(world.entries().await, before + 1);
    let record = world.newest().await;
    assert_eq!(record["id"], said["decision_id"]);
    let attested = said["attestation"]["attestation_json"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(attested).unwrap(), record);
    assert!(!attested.contains("secret-argument"), "arguments are not in the record");
    assert_eq!(record["data"]["arguments_hmac"].as_str().unwrap().len(), 44);
    let data = &record["data"];
    assert_eq!(data["caller"], json!({"kind": "agent", "credential_id": jti}));
    assert_eq!((&data["agent_id"], &data["action"]), (&json!("agent-1"), &json!("read_invoice")));
    assert_eq!(data["gate_id"], world.gate.to_string(), "the tenant's default gate");
}

#[tokio::test]
async fn a_denied_call_is_http_200_with_its_number_and_a_record() {
    let world = world().await;
    let mut expected = world.entries().await;
    let mut denied = async |token: &str, tool: &str| {
        let answer = world.call(token, tool).await;
        expected += 1;
        assert_eq!(world.entries().await, expected, "a block is recorded: {answer:#}");
        let record = world.newest().await;
        assert_eq!(record["data"]["decision"], "block");
        let said = &answer["error"]["_intentgate"];
        assert_eq!(said["decision_id"], record["id"], "{answer:#}");
        assert_eq!(said["code"], record["data"]["reason_code"]);
        answer
    };
    let read = NewCaveat::ToolAllow(vec!["read_*".to_owned()]);
    let answer = denied(&world.token(&[read]), "delete_it").await;
    let (code, message, data) = error(&answer);
    assert_eq!((code, message), (-32010, "capability check failed"));
    assert!(data.starts_with("caveat 0 (tool_allow):"), "{data}");
    assert_eq!(answer["error"]["_intentgate"]["check"], "capability");

    let past = world.db.clock.now().timestamp() - 1;
    let answer = denied(&world.token(&[NewCaveat::Exp(past)]), "read_it").await;
    assert_eq!(answer["error"]["_intentgate"]["code"], "credential.expired");

    let once = world.token(&[NewCaveat::MaxCalls(0)]);
    let answer = denied(&once, "read_it").await;
    let (code, message, _) = error(&answer);
    assert_eq!((code, message), (-32013, "budget check failed"));
    assert_eq!(answer["error"]["_intentgate"]["check"], "budget");
}

#[tokio::test]
async fn a_budget_holds_under_many_callers() {
    let world = Arc::new(world().await);
    let token = world.token(&[NewCaveat::MaxCalls(9)]);
    let before = world.entries().await;
    let calls = (0..48).map(|_| {
        let (world, token) = (Arc::clone(&world), token.clone());
        tokio::spawn(async move { world.call(&token, "read_it").await })
    });
    let answers: Vec<Value> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    let allowed = answers.iter().filter(|answer| answer["result"].is_object()).count();
    let denied = answers.iter().filter(|answer| error(answer).0 == -32013).count();
    assert_eq!((allowed, denied), (9, 39));
    assert_eq!(world.entries().await, before + 48);
}

/// A token for `agent-1` that says this of its tenant, signed with this key.
fn forged(world: &World, tenant: &str, key: &[u8; 32]) -> String {
    let now = world.db.clock.now();
    let jti = new_jti(now, random());
    let claims = Claims {
        jti: jti.clone(),
        root_jti: jti,
        iss: "gatewright".to_owned(),
        tenant: tenant.to_owned(),
        zone: "default".to_owned(),
        sub: "agent-1".to_owned(),
        iat: now.timestamp(),
        nbf: 0,
    };
    mint(key, &claims, &[], world.kid)
}

async fn all_entries(world: &World) -> i64 {
    let count = sqlx::query_scalar("select count(*) from journal.entries");
    count.fetch_one(&world.db.owner().await).await.unwrap()
}

#[tokio::test]
async fn whoever_proves_to_be_nobody_is_told_so_and_no_log_gets_an_entry() {
    let world = world().await;
    let other = world.db.tenant("other").await;
    let before = all_entries(&world).await;
    let own = world.tenant.id.to_string();
    let stranger: TenantId = world.db.new_id();
    let platform = TenantId::PLATFORM.to_string();
    let wrong = "credential.wrong_tenant";
    for (token, code) in [
        (String::new(), "credential.missing"),
        ("x".to_owned(), "credential.malformed"),
        (world.tenant.api_key.clone(), "credential.malformed"),
        ("A".repeat(16_385), "credential.too_large"),
        (forged(&world, &own, &[7; 32]), "credential.signature"),
        (forged(&world, &other.id.to_string(), &world.root), "credential.signature"),
        (forged(&world, &stranger.to_string(), &world.root), "credential.signature"),
        (forged(&world, &platform, &world.root), wrong),
        (forged(&world, "acme", &world.root), wrong),
    ] {
        for method in ["tools/call", "tools/list", "initialize", "ping"] {
            let mut body = call("read_it");
            body["method"] = json!(method);
            let (status, answer) = world.rpc(&token, body.to_string()).await;
            assert_eq!(status, StatusCode::OK, "{code}: {answer:#}");
            assert_eq!(error(&answer).0, -32010, "{code}: {answer:#}");
            assert_eq!(answer["error"]["_intentgate"]["code"], code, "{method}: {answer:#}");
            assert!(answer["error"]["_intentgate"].get("decision_id").is_none());
        }
        let call = json!({"tool": "read_it"});
        let (status, answer) = world.app.post("/v1/tool-call", &token, call).await;
        assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("block")));
        assert_eq!((&answer["code"], &answer["check"]), (&json!(code), &json!("capability")));
    }
    assert_eq!(all_entries(&world).await, before);
}

#[tokio::test]
async fn only_one_bearer_header_and_no_other_credential_counts() {
    let world = world().await;
    let (token, second) = (world.token(&[]), world.token(&[]));
    let before = world.entries().await;
    let bearer = format!("Bearer {token}");
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = Request::post("/v1/mcp");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(call("read_it").to_string().into()).unwrap();
        let answer = world.app.send(request).await;
        serde_json::from_slice::<Value>(answer.body()).unwrap()
    };
    for headers in [
        &[("authorization", token.as_str())][..],
        &[("authorization", &format!("bearer {token}"))],
        &[("authorization", &format!("Bearer  {token}"))],
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("authorization", &bearer), ("x-gatewright-credential", &second)],
        &[("authorization", &bearer), ("dpop", "proof")],
        &[("x-gatewright-credential", &token)],
        &[("authorization", &bearer), ("gatewright-tenant", &world.tenant.id.to_string())],
    ] {
        assert_eq!(error(&ask(headers).await).0, -32010, "{headers:?}");
    }
    for (name, value) in [
        ("x-intentgate-obo", "x"),
        ("x-intentgate-approval-id", "x"),
        ("x-intent-memory-provenance", "x"),
        ("gatewright-deadline-ms", "soon"),
    ] {
        let answer = ask(&[("authorization", &bearer), (name, value)]).await;
        assert_eq!(error(&answer).0, -32602, "{name}: {answer:#}");
    }
    assert_eq!(world.entries().await, before);
    let headers = [("authorization", bearer.as_str()), ("x-intent-prompt", "pay the invoices")];
    assert!(ask(&headers).await["result"].is_object(), "a prompt needs no intent stage");
    let headers = [("authorization", bearer.as_str()), ("x-gatewright-credential", &token)];
    assert!(ask(&headers).await["result"].is_object(), "the same one twice is one");
}

#[tokio::test]
async fn revoked_suspended_and_gateless_agents_are_refused_by_every_method() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    let ask = async |method: &str| {
        let mut body = call("read_it");
        body["method"] = json!(method);
        world.rpc(&token, body.to_string()).await.1
    };
    assert!(ask("ping").await["result"].is_object());
    world.revoke(&jti).await;
    let before = world.entries().await;
    for method in ["initialize", "tools/list", "ping", "tools/call"] {
        let answer = ask(method).await;
        assert_eq!(error(&answer).0, -32010, "{method}: {answer:#}");
        assert_eq!(answer["error"]["_intentgate"]["code"], "credential.revoked", "{method}");
    }
    assert_eq!(world.entries().await, before + 1, "the call alone is a decision");
    world.set_tenant_state("suspended").await;
    let before = world.entries().await;
    for method in ["ping", "tools/call"] {
        let answer = ask(method).await;
        assert_eq!(answer["error"]["_intentgate"]["code"], "tenant.suspended", "{answer:#}");
    }
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn the_handshake_is_answered_and_leaves_nothing_behind() {
    let world = world().await;
    let narrow = world.token(&[NewCaveat::ToolAllow(Vec::new()), NewCaveat::MaxCalls(0)]);
    let before = world.entries().await;
    for (method, result) in [
        (
            "initialize",
            json!({
                "protocolVersion": "2025-03-26",
                "serverInfo": {"name": "intentgate", "version": "0.2"},
                "capabilities": {"tools": {}},
            }),
        ),
        ("tools/list", json!({"tools": []})),
        ("ping", json!({})),
    ] {
        let body = json!({"jsonrpc": "2.0", "id": "a", "method": method});
        let (status, answer) = world.rpc(&narrow, body.to_string()).await;
        assert_eq!((status, &answer["result"]), (StatusCode::OK, &result), "{answer:#}");
    }
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn a_notification_is_decided_and_recorded_and_gets_no_answer() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(1)]);
    let mut body = call("read_it");
    body.as_object_mut().unwrap().remove("id");
    let before = world.entries().await;
    for decision in ["allow", "block"] {
        let (status, answer) = world.rpc(&token, body.to_string()).await;
        assert_eq!((status, answer), (StatusCode::NO_CONTENT, Value::Null));
        assert_eq!(world.newest().await["data"]["decision"], decision);
    }
    assert_eq!(world.entries().await, before + 2);
    for body in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"no_such"}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call"}"#,
    ] {
        assert_eq!(world.rpc(&token, body).await.0, StatusCode::NO_CONTENT, "{body}");
        assert_eq!(world.rpc("", body).await.0, StatusCode::NO_CONTENT, "{body}");
    }
    assert_eq!(world.entries().await, before + 2);
}

#[tokio::test]
async fn what_is_our_fault_is_never_a_denial_and_a_notification_is_not_taken_for_done() {
    let world = world().await;
    let token = world.token(&[]);
    assert!(world.call(&token, "read_it").await["result"].is_object());
    let before = world.entries().await;
    let mut holder = world.db.owner().await.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = $1 for update")
        .bind(world.tenant.id.uuid())
        .execute(&mut *holder)
        .await
        .unwrap();
    let ask = async |body: &Value| {
        let request = Request::post("/v1/mcp")
            .header("authorization", format!("Bearer {token}"))
            .header("gatewright-deadline-ms", "300")
            .body(body.to_string().into())
            .unwrap();
        let answer = world.app.send(request).await;
        (answer.status(), serde_json::from_slice::<Value>(answer.body()).unwrap())
    };
    let mut body = call("read_it");
    let (status, answer) = ask(&body).await;
    let (code, message, data) = error(&answer);
    assert_eq!((status, code), (StatusCode::OK, -32603), "{answer:#}");
    assert_eq!(message, "no decision could be made");
    assert!(data.starts_with("check."), "{data}");
    body.as_object_mut().unwrap().remove("id");
    let (status, problem) = ask(&body).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem:#}");
    holder.rollback().await.unwrap();
    assert!(world.call(&token, "read_it").await["result"].is_object());
    assert_eq!(world.entries().await, before + 1);
}
