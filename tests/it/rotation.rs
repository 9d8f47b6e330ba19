//! Keys are rotated while everybody goes on, and what was signed before still holds.

use gatewright::verify::{GateKeys, LogKeys, Refused, verify_with};
use serde_json::{Value, json};

use crate::server::Server;

async fn keys(server: &Server) -> (Value, String) {
    let ready = &server.ready;
    let jwks = server.get_text(&format!("/v1/gates/{}/jwks.json", ready.gate_id)).await;
    let log = server.get_text(&format!("/v1/tenants/{}/jwks.json", ready.tenant_id)).await;
    (serde_json::from_str(&jwks).unwrap(), log)
}

fn holds(answer: &Value, gate: &Value, log: &str) -> Result<String, Refused> {
    let (gate, log) = (GateKeys::parse(gate.to_string().as_bytes())?, LogKeys::parse(log)?);
    verify_with(answer.to_string().as_bytes(), &gate, &log).map(|facts| facts.signing_key_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn old_answers_hold_after_rotations_and_no_key_vouches_for_what_is_not_its_own() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let ready = &server.ready;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;
    let rotate = format!("/v1/gates/{}/keypairs/rotate", ready.gate_id);
    let rotate_log = format!("/v1/admin/tenants/{}/log-key/rotate", ready.tenant_id);

    let mut answers = vec![server.check("read_it", &token).await.unwrap()];
    for _ in 0..3 {
        let (status, _) = server.send("POST", &rotate, &ready.api_key, Some(json!({}))).await;
        assert_eq!(status, 201);
        let path = (rotate_log.as_str(), ready.platform_key.as_str());
        assert_eq!(server.send("POST", path.0, path.1, Some(json!({}))).await.0, 201);
        answers.push(server.check("read_it", &token).await.unwrap());
    }
    let (gate, log) = keys(&server).await;
    let mut signers: Vec<_> =
        answers.iter().map(|answer| holds(answer, &gate, &log).unwrap()).collect();
    signers.sort();
    signers.dedup();
    assert_eq!(signers.len(), 4);

    for (answer, newer) in answers.iter().zip(&answers[1..]) {
        let index = |answer: &Value| {
            let gate = GateKeys::parse(gate.to_string().as_bytes()).unwrap();
            let log = LogKeys::parse(&log).unwrap();
            verify_with(answer.to_string().as_bytes(), &gate, &log).unwrap().index
        };
        // The same keys, had the older one ended before this answer, or the newer begun after.
        for (answer, member, position) in
            [(answer, "signs_until", index(answer)), (newer, "signs_from", index(newer) + 1)]
        {
            let mut narrowed = gate.clone();
            let kid = &answer["attestation"]["signing_key_id"];
            for jwk in narrowed["keys"].as_array_mut().unwrap() {
                if jwk["kid"] == *kid {
                    jwk[member] = position.into();
                }
            }
            let refused = holds(answer, &narrowed, &log);
            assert_eq!(refused, Err(Refused::Position(index(answer))), "{member}");
        }
    }
    let mut narrowed: Value = serde_json::from_str(&log).unwrap();
    for jwk in narrowed["keys"].as_array_mut().unwrap() {
        jwk["signs_until"] = 1.into();
    }
    let refused = holds(&answers[3], &gate, &narrowed.to_string());
    assert!(matches!(refused, Err(Refused::Size(_))), "{refused:?}");
}
