use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_crypto::{
    checkpoint::Checkpoint,
    keys::PublicKey,
    note::{Note, VerifierKey},
    receipt::Receipt,
};
use http::StatusCode;
use serde_json::Value;

use crate::world::{World, world};

/// The log's key, as anybody gets it.
pub(crate) async fn log_key(world: &World) -> VerifierKey {
    let path = format!("/v1/log/{}/vkey", world.tenant.id);
    let (status, text) = world.app.get(&path, "").await;
    assert_eq!(status, StatusCode::OK, "{text:#}");
    text.as_str().unwrap().trim_end().parse().unwrap()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

#[tokio::test]
async fn an_answer_proves_its_record_is_signed_and_in_the_log() {
    let world = world().await;
    let key = log_key(&world).await;
    assert_eq!(key.name(), format!("gatewright.localhost/log/{}", world.tenant.id));
    for _ in 0..5 {
        let (_, answer) = world.ask_with(&world.token(&[])).await;
        let attestation = &answer["attestation"];
        let record = text(attestation, "attestation_json").as_bytes();
        let signature = STANDARD.decode(text(attestation, "signature")).unwrap();
        let gate = PublicKey::from_base64(text(attestation, "attester_public_key")).unwrap();
        gate.verify_strict(record, &signature).unwrap();

        let receipt = Receipt::parse(text(attestation, "receipt")).unwrap();
        let checkpoint = receipt.verify(record, std::slice::from_ref(&key)).unwrap();
        assert_eq!(checkpoint.origin, key.name());
        assert!(receipt.verify(b"another record", std::slice::from_ref(&key)).is_err());
    }
}

#[tokio::test]
async fn a_gate_that_signs_batches_signs_the_checkpoint_instead() {
    let mut world = world().await;
    world.gate = world.add_gate(None, "L1", "batch").await;
    let (_, answer) = world.ask_with(&world.token(&[])).await;
    let attestation = &answer["attestation"];
    assert!(attestation.get("signature").is_none());
    let gate = PublicKey::from_base64(text(attestation, "attester_public_key")).unwrap();
    let name = format!("gatewright.localhost/gates/{}", world.gate);
    let keys = [log_key(&world).await, VerifierKey::new(name, gate)];
    let receipt = Receipt::parse(text(attestation, "receipt")).unwrap();
    receipt.verify(text(attestation, "attestation_json").as_bytes(), &keys).unwrap();
    let note = Note::parse(&receipt.checkpoint).unwrap();
    for key in &keys {
        assert_eq!(note.verify(std::slice::from_ref(key)).unwrap(), [key], "each has signed");
    }
}

#[tokio::test]
async fn the_newest_checkpoint_is_signed_by_the_log() {
    let world = world().await;
    let key = log_key(&world).await;
    for more in 0..3 {
        if more > 0 {
            world.ask_with(&world.token(&[])).await;
        }
        let path = format!("/v1/log/{}/checkpoint", world.tenant.id);
        let (status, note) = world.app.get(&path, &world.tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{note:#}");
        let note = note.as_str().unwrap();
        let checkpoint = Checkpoint::open(note, std::slice::from_ref(&key)).unwrap();
        assert_eq!(i64::try_from(checkpoint.size).unwrap(), world.entries().await);
        let (_, again) = world.app.get(&path, &world.tenant.api_key).await;
        assert_eq!(again.as_str(), Some(note));
    }
    let (_, jwks) = world.app.get(&format!("/v1/tenants/{}/jwks.json", world.tenant.id), "").await;
    assert_eq!(jwks["keys"][0]["crv"], "Ed25519", "{jwks:#}");
    let unknown = gw_kernel::TenantId::from_uuid(world.gate.uuid());
    let (status, _) = world.app.get(&format!("/v1/log/{unknown}/vkey"), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
