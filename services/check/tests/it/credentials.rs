use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, search, world};

async fn block(world: &World, body: Value, code: &str) {
    let before = world.entries().await;
    let (status, answer) = world.ask(body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}: {answer:#}");
    assert_eq!((&answer["decision"], &answer["code"]), (&json!("block"), &json!(code)), "{body}");
    assert_ne!(answer["access_mode"], "anonymous", "{body}");
    assert_eq!(world.entries().await, before + 1, "a block is recorded: {body}");
}

#[tokio::test]
async fn anything_presented_counts_and_what_cannot_be_read_blocks() {
    let world = world().await;
    let token = world.token(&[]);
    let credential = |value: Value| json!({"action": "api:search", "credential": value});
    for value in [
        json!(""),
        json!(7),
        json!(false),
        json!([]),
        json!({}),
        json!({"kind": "capability"}),
        json!({"value": token}),
        json!({"kind": "capability", "value": null}),
        json!({"kind": "capability", "value": ""}),
        json!({"kind": "capability", "value": {"token": token}}),
        json!({"kind": "", "value": token}),
        json!({"kind": 1, "value": token}),
        json!({"kind": "x".repeat(65), "value": token}),
        json!({"kind": "capability", "value": "not a token"}),
    ] {
        block(&world, credential(value), "credential.malformed").await;
    }
    block(&world, credential(Value::Null), "credential.missing").await;
    block(&world, json!({"action": "api:search"}), "credential.missing").await;
    let long = json!({"kind": "capability", "value": "A".repeat(16_385)});
    block(&world, credential(long), "credential.too_large").await;

    let mut forged = token.clone().into_bytes();
    let at = forged.len() - 80;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let (_, answer) = world.ask_with(&forged).await;
    assert_eq!(answer["decision"], "block", "{answer:#}");
}

#[tokio::test]
async fn a_credential_of_another_kind_is_named_and_blocks() {
    let world = world().await;
    for value in [json!("x"), json!({"payload": {}})] {
        let credential = json!({"kind": "passport", "value": value});
        let body = json!({"action": "api:search", "credential": credential});
        block(&world, body, "credential.unsupported").await;
    }
    for member in ["passport_id", "passport_json", "passport_token", "pop_token", "pop"] {
        let mut body = json!({"action": "api:search"});
        body[member] = json!("");
        block(&world, body.clone(), "credential.unsupported").await;
        body[member] = Value::Null;
        block(&world, body, "credential.missing").await;
    }
    let body = json!({"action": "api:search"}).to_string();
    for name in ["x-modei-passport-id", "x-ratify-proof", "dpop"] {
        for value in ["", "anything"] {
            let headers = [("content-type", "application/json"), (name, value)];
            let (status, answer, _) = world.ask_headed(&headers, &body).await;
            assert_eq!(status, StatusCode::OK, "{name}: {answer:#}");
            assert_eq!(answer["code"], "credential.unsupported", "{name}");
        }
    }
}

#[tokio::test]
async fn a_capability_may_stand_in_the_header_and_two_that_differ_are_ambiguous() {
    let world = world().await;
    let (one, two) = (world.token(&[]), world.token(&[]));
    let json = ("content-type", "application/json");
    let bare = json!({"action": "api:search"}).to_string();

    fn header(token: &str) -> (&str, &str) {
        ("x-gatewright-credential", token)
    }
    let (_, answer, _) = world.ask_headed(&[json, header(&one)], &bare).await;
    assert_eq!(answer["decision"], "allow", "{answer:#}");
    let (_, answer, _) = world.ask_headed(&[json, header(&one)], &search(&one).to_string()).await;
    assert_eq!(answer["decision"], "allow", "the same one twice is one");

    for headers in [
        vec![json, header("")],
        vec![json, header(&one), header(&two)],
        vec![json, header(&one), ("dpop", "proof")],
        vec![json, ("x-modei-passport-id", "p1"), ("x-modei-passport-id", "p2")],
    ] {
        let (status, answer, _) = world.ask_headed(&headers, &bare).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer["code"], "credential.malformed", "{answer:#}");
    }
    let (_, answer, _) = world.ask_headed(&[json, header(&one)], &search(&two).to_string()).await;
    assert_eq!(answer["code"], "credential.malformed");
}

#[tokio::test]
async fn another_tenants_capability_is_not_ours() {
    let world = world().await;
    let other = world.db.tenant("other").await;
    let foreign = {
        let now = gw_kernel::Clock::now(&*world.db.clock);
        let jti = gw_credentials::capability::new_jti(now, crate::world::random());
        let claims = gw_credentials::capability::Claims {
            jti: jti.clone(),
            root_jti: jti,
            iss: "gatewright".to_owned(),
            tenant: other.id.to_string(),
            zone: "default".to_owned(),
            sub: "agent-1".to_owned(),
            iat: now.timestamp(),
            nbf: 0,
        };
        gw_credentials::capability::mint(&world.root, &claims, &[], world.kid)
    };
    block(&world, search(&foreign), "credential.wrong_tenant").await;
}
