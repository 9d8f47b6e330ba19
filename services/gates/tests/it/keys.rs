use axum::http::StatusCode;
use gw_crypto::keys::{PublicKey, SigningKey};
use gw_db::Role;
use gw_gates::Gates;
use gw_kernel::{GateId, KeypairId};
use serde_json::{Value, json};

use crate::{MOUNTS, named};

#[tokio::test]
async fn public_keys_are_there_for_anybody_who_has_the_id() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let request = json!({ "name": "Edge", "gate_id": "edge" });
    let (_, made) = app.post("/v1/gates", &tenant.api_key, request).await;
    let (gate, public_key) = (made["id"].as_str().unwrap(), &made["public_key"]);
    for mount in MOUNTS {
        let (status, jwks) = app.get(&format!("{mount}/gates/{gate}/jwks.json"), "").await;
        assert_eq!(status, StatusCode::OK, "{jwks}");
        let jwk = &jwks["keys"][0];
        let key = PublicKey::from_jwk(jwk).unwrap();
        assert_eq!(json!(key.to_base64()), *public_key);
        assert_eq!(
            (&jwk["kty"], &jwk["crv"], &jwk["use"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("sig"))
        );

        let (status, public) = app.get(&format!("{mount}/gates/{gate}/public"), "").await;
        assert_eq!(status, StatusCode::OK);
        let expected = json!({
            "gate_id": gate, "signing_keys": [{ "key_id": jwk["kid"], "public_key": public_key }],
        });
        assert_eq!(public, expected);
    }
    let unknown: GateId = db.new_id();
    for unknown in ["gate_edge".to_owned(), "gate_nobody".to_owned(), unknown.to_string()] {
        for route in ["jwks.json", "public"] {
            let (status, problem) = app.get(&format!("/v1/gates/{unknown}/{route}"), "").await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::NOT_FOUND, &json!("gate.not_found"))
            );
        }
    }
}

#[tokio::test]
async fn the_key_is_read_in_the_older_shapes_too() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let request = json!({ "name": "Edge", "gate_id": "edge" });
    let (_, made) = app.post("/v1/gates", &tenant.api_key, request).await;

    let (_, key) = app.get("/api/gates/gate_edge/public-key", &tenant.api_key).await;
    let expected = json!({
        "gate_id": "gate_edge", "public_key": made["public_key"], "key_format": "ed25519_base64",
    });
    assert_eq!(key, expected);
    let (_, list) = app.get("/v1/gates/gate_edge/keypairs", &tenant.api_key).await;
    assert_eq!(list["next_cursor"], Value::Null);
    let keypair = &list["items"][0];
    assert_eq!(keypair["public_key"], made["public_key"]);
    assert_eq!((&keypair["state"], &keypair["signs_from"]), (&json!("active"), &json!(0)));
}

#[tokio::test]
async fn the_private_half_is_sealed_in_its_place() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let (_, made) = app.post("/v1/gates", &tenant.api_key, named("Edge")).await;
    let (key, sealed): (uuid::Uuid, Vec<u8>) =
        sqlx::query_as("select id, sealed from gates.keypairs")
            .fetch_one(&db.owner().await)
            .await
            .unwrap();
    let key = KeypairId::from_uuid(key);

    let gates = db.db(Role::Gates).await;
    let data_key = gates.tenant(&tenant.identity()).await.unwrap().data_key().await.unwrap();
    let place = format!("tenant:{}:gate-key:{key}", tenant.id);
    let seed: [u8; 32] = data_key.open(&place, &sealed).unwrap().as_slice().try_into().unwrap();
    assert_eq!(json!(SigningKey::from_seed(seed).public().to_base64()), made["public_key"]);
    let elsewhere = place.replace("gate-key", "log");
    assert!(data_key.open(&elsewhere, &sealed).is_err());
}
