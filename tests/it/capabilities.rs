//! What is minted is what is enforced, stated and revoked, by the running product.

use gw_credentials::capability::{Capability, NewCaveat, Statement, attenuate};
use gw_crypto::keys::PublicKey;
use serde_json::{Value, json};

use crate::server::Server;

async fn post(server: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = server.send("POST", path, &server.ready.api_key, Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// A check of this action with these members besides.
async fn ask(server: &Server, token: &str, action: &str, members: Value) -> Value {
    let credential = json!({ "kind": "capability", "value": token });
    let mut body = json!({ "action": action, "credential": credential });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    post(server, &format!("/v1/gates/{}/check", server.ready.gate_id), body).await
}

async fn code(server: &Server, token: &str) -> String {
    ask(server, token, "pay", json!({})).await["code"].as_str().unwrap().to_owned()
}

async fn jwks(server: &Server) -> Vec<Value> {
    let path = format!("/v1/tenants/{}/jwks.json", server.ready.tenant_id);
    let jwks: Value = serde_json::from_str(&server.get_text(&path).await).unwrap();
    jwks["keys"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_restriction_that_can_be_minted_is_enforced() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let risk = |score: i64| json!({ "context": { "risk_score": score } });
    let zone = |zone: &str| json!({ "context": { "callee_zone": zone } });
    let cost = |cents: i64| json!({ "cost_cents": cents });
    let callees = json!({ "callees": ["b"], "callee_zones": ["eu"] });
    for (members, good, bad, expected) in [
        (
            json!({ "servers": ["github"] }),
            ("github.issues", json!({})),
            ("gitlab.issues", json!({})),
            "scope.denied",
        ),
        (json!({ "risk_max": 40 }), ("pay", risk(40)), ("pay", risk(41)), "scope.denied"),
        (callees, ("agent:b", zone("eu")), ("agent:b", zone("us")), "scope.denied"),
        (json!({ "rate_per_min": 1 }), ("pay", json!({})), ("pay", json!({})), "budget.rate"),
        (json!({ "max_cents": 10 }), ("pay", cost(10)), ("pay", cost(1)), "budget.cost"),
    ] {
        let token = server.mint(members).await;
        assert_eq!(ask(&server, &token, good.0, good.1).await["code"], "ok");
        assert_eq!(ask(&server, &token, bad.0, bad.1).await["code"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_verifies_with_the_published_keys_and_step_up_counts_by_it_alone() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let token = server.mint(json!({ "step_up": true })).await;
    let read = Capability::decode(&token).unwrap();
    let kid = read.kid.unwrap();
    let key = jwks(&server).await.into_iter().find(|key| key["kid"] == kid).unwrap();
    let key = PublicKey::from_jwk(&key).unwrap();
    let statement = Statement::verify(&read.st.unwrap(), &key, &kid).unwrap();
    assert_eq!(statement.jti, read.claims.jti);
    assert_eq!(statement.step_up_at, Some(read.claims.iat));

    let plain = server.mint(json!({})).await;
    let forged = attenuate(&plain, &[NewCaveat::StepUp(4_000_000_000)]).unwrap();
    for (token, expected) in [(&token, json!(statement.step_up_at)), (&forged, Value::Null)] {
        let answer = ask(&server, token, "pay", json!({})).await;
        assert_eq!(answer["code"], "ok");
        assert_eq!(answer["principal"]["step_up_at"], expected);
        let record = answer["attestation"]["attestation_json"].as_str().unwrap();
        let record: Value = serde_json::from_str(record).unwrap();
        assert_eq!(record["data"]["principal"]["step_up_at"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_revoked_until_now_and_what_is_minted_later_is_good() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let mut tokens = vec![server.mint(json!({})).await];
    let subject = Capability::decode(&tokens[0]).unwrap().claims.sub;
    for _ in 0..3 {
        assert_eq!(code(&server, tokens.last().unwrap()).await, "ok");
        post(&server, "/v1/admin/revoke", json!({ "subject": subject })).await;
        for token in &tokens {
            assert_eq!(code(&server, token).await, "credential.revoked");
        }
        tokens.push(server.mint(json!({})).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hop_is_revoked_with_its_descendants_and_a_root_with_everything() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let root = server.mint(json!({})).await;
    let child = |calls| attenuate(&root, &[NewCaveat::MaxCalls(calls)]).unwrap();
    let (revoked, sibling) = (child(8), child(9));
    let grandchild = attenuate(&revoked, &[NewCaveat::MaxCalls(7)]).unwrap();
    let hops = ask(&server, &revoked, "pay", json!({})).await["principal"]["hops"].clone();
    let hop = hops.as_array().unwrap().last().unwrap();
    post(&server, "/v1/admin/revoke", json!({ "hop_id": hop })).await;
    for (token, expected) in [
        (&root, "ok"),
        (&sibling, "ok"),
        (&revoked, "credential.revoked"),
        (&grandchild, "credential.revoked"),
    ] {
        assert_eq!(code(&server, token).await, expected);
    }
    let root_jti = Capability::decode(&root).unwrap().claims.root_jti;
    post(&server, "/v1/admin/revoke", json!({ "root_jti": root_jti })).await;
    for token in [&root, &sibling] {
        assert_eq!(code(&server, token).await, "credential.revoked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn root_keys_rotate_with_overlap_and_end() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let rotate = "/v1/admin/root-keys/rotate";
    let first = server.mint(json!({})).await;
    assert_eq!(code(&server, &first).await, "ok");
    post(&server, rotate, json!({})).await;
    let second = server.mint(json!({})).await;
    assert_eq!(
        (code(&server, &first).await, code(&server, &second).await),
        ("ok".into(), "ok".into())
    );
    let kid = Capability::decode(&first).unwrap().kid.unwrap();
    post(&server, &format!("/v1/admin/root-keys/{kid}/retire"), json!({})).await;
    assert_eq!(code(&server, &first).await, "credential.signature");
    assert_eq!(code(&server, &second).await, "ok");
    post(&server, rotate, json!({ "overlap_seconds": 0 })).await;
    assert_eq!(code(&server, &second).await, "credential.signature");
    let kids = jwks(&server).await;
    assert_eq!(kids.len(), 4, "what they stated stays verifiable: {kids:?}");
}
