use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use gw_check::Check;
use gw_crypto::{
    checkpoint::Checkpoint,
    keys::PublicKey,
    note::{Note, VerifierKey},
    receipt::Receipt,
};
use gw_kernel::{GateId, KeypairId};
use gw_testkit::App;
use http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use crate::world::{World, search, world};

/// The public half of a key, and the positions (or sizes) that it may sign.
struct Range {
    key: PublicKey,
    from: i64,
    until: Option<i64>,
}

impl Range {
    fn holds(&self, position: i64) -> bool {
        self.from <= position && self.until.is_none_or(|until| position < until)
    }
}

async fn keypairs(world: &World) -> BTreeMap<String, Range> {
    let rows: Vec<(Uuid, Vec<u8>, i64, Option<i64>)> =
        sqlx::query_as("select id, public_key, signs_from, signs_until from gates.keypairs")
            .fetch_all(&world.db.owner().await)
            .await
            .unwrap();
    let range = |(id, key, from, until): (Uuid, Vec<u8>, i64, Option<i64>)| {
        let key = PublicKey::from_bytes(key.try_into().unwrap()).unwrap();
        (KeypairId::from_uuid(id).to_string(), Range { key, from, until })
    };
    rows.into_iter().map(range).collect()
}

/// Checks on two replicas as fast as they go, while something is rotated again and again.
async fn under_load(
    world: &World,
    gate: GateId,
    rotate: impl AsyncFn() -> i64,
    rotations: usize,
) -> Vec<Value> {
    let other = gw_testkit::app::<Check>(&world.db).await;
    let (token, done) = (world.token(&[]), AtomicBool::new(false));
    let path = format!("/v1/gates/{gate}/check");
    let client = async |app: &App| {
        let mut answers = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let (status, answer) = app.post(&path, &world.tenant.api_key, search(&token)).await;
            assert_eq!(status, StatusCode::OK, "{answer:#}");
            assert_eq!(answer["decision"], "allow");
            answers.push(answer);
        }
        answers
    };
    let rotating = async {
        for _ in 0..rotations {
            tokio::time::sleep(Duration::from_millis(15)).await;
            rotate().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        done.store(true, Ordering::Relaxed);
    };
    let clients =
        futures::future::join_all([&world.app, &other].into_iter().cycle().take(3).map(&client));
    let (answers, ()) = tokio::join!(clients, rotating);
    answers.into_iter().flatten().collect()
}

/// What is stored: position, record, signature, checkpoint of its batch.
async fn decisions(world: &World) -> Vec<(i64, Vec<u8>, Option<Vec<u8>>, String)> {
    sqlx::query_as(
        "select e.idx, e.body, e.signature, b.checkpoint
         from journal.entries e
         join journal.batches b on b.tenant_id = e.tenant_id and e.idx >= b.prev and e.idx < b.size
         where e.tenant_id = $1 and e.kind = 'check.decided.v1' order by e.idx",
    )
    .bind(world.tenant.id.uuid())
    .fetch_all(&world.db.owner().await)
    .await
    .unwrap()
}

fn signer(record: &[u8]) -> String {
    let record: Value = serde_json::from_slice(record).unwrap();
    record["data"]["basis"]["key_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_key_pair_signs_a_decision_outside_its_positions() {
    let world = world().await;
    let gate = world.gate;
    let answers = under_load(&world, gate, async || world.rotate_keypair(gate).await, 15).await;
    let keys = keypairs(&world).await;
    let stored = decisions(&world).await;
    assert_eq!((keys.len(), stored.len()), (16, answers.len()));
    for (index, record, signature, _) in &stored {
        let range = &keys[&signer(record)];
        assert!(range.holds(*index), "position {index}");
        range.key.verify_strict(record, signature.as_ref().unwrap()).unwrap();
    }
    let used: std::collections::BTreeSet<_> = stored.iter().map(|row| signer(&row.1)).collect();
    assert!(used.len() > 5, "only {} key pairs signed anything", used.len());
    for answer in &answers {
        let attestation = &answer["attestation"];
        let key = &keys[attestation["signing_key_id"].as_str().unwrap()].key;
        assert_eq!(attestation["attester_public_key"], key.to_base64());
        let signature = STANDARD.decode(attestation["signature"].as_str().unwrap()).unwrap();
        let record = attestation["attestation_json"].as_str().unwrap().as_bytes();
        key.verify_strict(record, &signature).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_key_pair_cosigns_a_batch_outside_its_positions() {
    let world = world().await;
    let gate = world.add_gate(None, "L1", "batch").await;
    under_load(&world, gate, async || world.rotate_keypair(gate).await, 15).await;
    let keys = keypairs(&world).await;
    let name = format!("gatewright.localhost/gates/{gate}");
    for (index, record, signature, checkpoint) in decisions(&world).await {
        let range = &keys[&signer(&record)];
        assert!(range.holds(index) && signature.is_none(), "position {index}");
        let known = [VerifierKey::new(name.clone(), range.key)];
        Note::parse(&checkpoint).unwrap().verify(&known).unwrap();
    }
}

async fn log_keys(world: &World) -> Vec<(VerifierKey, Range)> {
    let path = format!("/v1/tenants/{}/jwks.json", world.tenant.id);
    let (status, jwks) = world.app.get(&path, "").await;
    assert_eq!(status, StatusCode::OK, "{jwks}");
    let read = |jwk: &Value| {
        let key = PublicKey::from_jwk(jwk).unwrap();
        let from = jwk["signs_from"].as_i64().unwrap();
        let vkey: VerifierKey = jwk["vkey"].as_str().unwrap().parse().unwrap();
        assert_eq!(vkey.key(), &key);
        (vkey, Range { key, from, until: jwk.get("signs_until").map(|n| n.as_i64().unwrap()) })
    };
    jwks["keys"].as_array().unwrap().iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_log_key_signs_a_checkpoint_outside_its_sizes() {
    let world = world().await;
    let answers = under_load(&world, world.gate, async || world.rotate_log_key().await, 20).await;
    let keys = log_keys(&world).await;
    assert_eq!(keys.len(), 21);
    for answer in &answers {
        let attestation = &answer["attestation"];
        let receipt = Receipt::parse(attestation["receipt"].as_str().unwrap()).unwrap();
        let record = attestation["attestation_json"].as_str().unwrap().as_bytes();
        let all: Vec<_> = keys.iter().map(|(vkey, _)| vkey.clone()).collect();
        let checkpoint = receipt.verify(record, &all).unwrap();
        let size = i64::try_from(checkpoint.size).unwrap();
        let (vkey, _) = keys.iter().find(|(_, range)| range.holds(size)).unwrap();
        receipt.verify(record, std::slice::from_ref(vkey)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_heard_of_no_rotation_signs_checkpoints_with_the_new_key() {
    let world = world().await;
    let path = format!("/v1/log/{}/checkpoint", world.tenant.id);
    let old = log_keys(&world).await.remove(0).0;
    let (_, before) = world.app.get(&path, &world.tenant.api_key).await;
    Checkpoint::open(before.as_str().unwrap(), std::slice::from_ref(&old)).unwrap();

    let from = world.rotate_log_key().await;
    let (status, after) = world.app.get(&path, &world.tenant.api_key).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    let (vkey, range) = log_keys(&world).await.remove(0);
    let checkpoint =
        Checkpoint::open(after.as_str().unwrap(), std::slice::from_ref(&vkey)).unwrap();
    assert_eq!((i64::try_from(checkpoint.size).unwrap(), range.from), (from, from));
    assert!(Checkpoint::open(after.as_str().unwrap(), &[old]).is_err());
    let (_, shown) = world.app.get(&format!("/v1/log/{}/vkey", world.tenant.id), "").await;
    assert_eq!(shown.as_str().unwrap().trim_end(), vkey.to_string());
}

#[tokio::test]
async fn a_rotated_api_key_asks_with_both_secrets_until_the_overlap_ends() {
    let world = world().await;
    let token = world.token(&[]);
    assert_eq!(world.ask_with(&token).await.0, StatusCode::OK);
    let new = world.rotate_api_key(TimeDelta::seconds(60)).await;
    let ask = async |key: &str| world.app.post(&world.path(), key, search(&token)).await.0;
    assert_eq!(ask(&new).await, StatusCode::OK);
    assert_eq!(ask(&world.tenant.api_key).await, StatusCode::OK);
    world.db.clock.advance(TimeDelta::seconds(60));
    assert_eq!(ask(&world.tenant.api_key).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&new).await, StatusCode::OK);
}
