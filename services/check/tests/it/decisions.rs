use gw_credentials::capability::NewCaveat;
use http::StatusCode;
use serde_json::json;

use crate::world::{search, world};

#[tokio::test]
async fn a_capability_is_allowed_until_it_is_revoked() {
    let world = world().await;
    let (token, jti) = world.mint(&[NewCaveat::ToolAllow(vec!["api:*".to_owned()])]);

    let (status, allowed) = world.ask_with(&token).await;
    assert_eq!(status, StatusCode::OK, "{allowed:#}");
    assert_eq!(allowed["decision"], "allow", "{allowed:#}");
    assert_eq!(allowed["allowed"], true);
    assert_eq!((&allowed["code"], &allowed["reason_code"]), (&json!("ok"), &json!("ok")));
    assert_eq!(allowed["agent_id"], "agent-1");
    assert_eq!(allowed["access_mode"], "credentialed");
    assert_eq!(allowed["gate_id"], world.gate.to_string());

    let body =
        json!({"action": "payments:send", "credential": {"kind": "capability", "value": token}});
    let (status, denied) = world.ask(body).await;
    assert_eq!((status, &denied["decision"]), (StatusCode::OK, &json!("block")));
    assert_eq!(denied["code"], "scope.denied");

    let epoch = world.revoke(&jti).await;
    let (status, blocked) = world.ask_with(&token).await;
    assert_eq!((status, &blocked["decision"]), (StatusCode::OK, &json!("block")));
    assert_eq!(blocked["code"], "credential.revoked");
    assert_eq!(blocked["allowed"], false);
    assert_eq!(blocked["epoch"], json!(epoch.0));
    assert_eq!(blocked["basis"]["epoch"], json!(epoch.0));
}

#[tokio::test]
async fn every_mount_and_the_gates_name_lead_to_the_same_gate() {
    let world = world().await;
    let token = world.token(&[]);
    for mount in ["/v1", "/api/v1", "/api", ""] {
        for gate in [world.gate.to_string(), "gate_front".to_owned()] {
            let path = format!("{mount}/gates/{gate}/check");
            let (status, answer) =
                world.app.post(&path, &world.tenant.api_key, search(&token)).await;
            assert_eq!(status, StatusCode::OK, "{path}: {answer:#}");
            assert_eq!(answer["decision"], "allow", "{path}");
            assert_eq!(answer["gate_id"], world.gate.to_string());
        }
    }
}

#[tokio::test]
async fn a_level_three_gate_asks_for_possession_and_blocks() {
    let mut world = world().await;
    world.gate = world.add_gate(None, "L3", "each").await;
    let (status, answer) = world.ask_with(&world.token(&[])).await;
    assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("block")));
    assert_eq!(answer["code"], "possession.required", "{answer:#}");
}

#[tokio::test]
async fn who_may_not_ask_gets_no_decision_and_leaves_no_record() {
    let world = world().await;
    let token = world.token(&[]);
    let owner = &world.tenant;
    let scopes = |scope: &str| [scope.parse().unwrap()].into_iter().collect();
    let (_, reader) = world.db.api_key(owner.id, &scopes("gates:read"), "machine").await;
    let (_, stranger) = world.db.api_key(owner.id, &scopes("*"), "machine").await;
    assert_eq!(world.ask_with(&token).await.0, StatusCode::OK);
    let before = world.entries().await;

    let forged = stranger.replace(&stranger[stranger.len() - 8..], "00000000");
    let path = world.path();
    let unknown = owner.api_key.replace(&owner.id.body(), &world.gate.body());
    let platform = world.db.platform().await.api_key;
    for (key, path, status, code) in [
        (unknown.as_str(), path.as_str(), 401, "caller.unknown"),
        (&platform, &path, 401, "caller.unknown"),
        ("", &path, 401, "caller.unknown"),
        ("gw_nonsense", &path, 401, "caller.unknown"),
        (&forged, &path, 401, "caller.unknown"),
        (&reader, &path, 403, "caller.forbidden"),
        (&owner.api_key, "/v1/gates/gate_unknown/check", 404, "gate.not_found"),
    ] {
        let (got, problem) = world.app.post(path, key, search(&token)).await;
        assert_eq!((got.as_u16(), &problem["code"]), (status, &json!(code)), "{problem:#}");
    }
    let (_, problem) = world.app.post(&path, &reader, search(&token)).await;
    assert_eq!(problem["required_scope"], "checks:write");
    let tenant = owner.id.to_string();
    let headers = [("content-type", "application/json"), ("gatewright-tenant", tenant.as_str())];
    let (status, problem, _) = world.ask_headed(&headers, &search(&token).to_string()).await;
    assert_eq!((status.as_u16(), &problem["code"]), (403, &json!("caller.forbidden")));
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn a_revoked_key_and_a_suspended_tenant_act_on_the_next_check() {
    let world = world().await;
    let token = world.token(&[]);
    assert_eq!(world.ask_with(&token).await.0, StatusCode::OK);

    world.set_tenant_state("suspended").await;
    let (status, problem) = world.ask_with(&token).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("tenant.suspended")));
    world.set_tenant_state("active").await;
    let (status, answer) = world.ask_with(&token).await;
    assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")), "{answer:#}");

    let before = world.entries().await;
    world.revoke_key(world.tenant.key).await;
    let (status, problem) = world.ask_with(&token).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("caller.unknown")));
    assert_eq!(world.entries().await, before + 1, "only the revocation itself");
}

#[tokio::test]
async fn a_gate_made_a_moment_ago_is_found() {
    let mut world = world().await;
    let token = world.token(&[]);
    assert_eq!(world.ask_with(&token).await.0, StatusCode::OK);
    world.gate = world.add_gate(Some("gate_late"), "L1", "each").await;
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    let (_, answer) =
        world.app.post("/gates/gate_late/check", &world.tenant.api_key, search(&token)).await;
    assert_eq!(answer["gate_id"], world.gate.to_string());
}

#[tokio::test]
async fn an_epoch_that_the_log_has_not_reached_is_a_loss() {
    let world = world().await;
    let token = world.token(&[]);
    let (_, answer) = world.ask_with(&token).await;
    let mut body = search(&token);
    body["min_epoch"] = answer["epoch"].clone();
    assert_eq!(world.ask(body.clone()).await.0, StatusCode::OK);
    let before = world.entries().await;
    body["min_epoch"] = json!(1_000_000);
    let (status, problem) = world.ask(body).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("log.regressed")));
    assert_eq!(world.entries().await, before);
}
