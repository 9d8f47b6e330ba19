//! Receipts and checkpoints hold for an implementation that is not ours, and no flipped bit does.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use gatewright::verify::{GateKeys, verify};
use gw_crypto::note::VerifierKey;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::server::Server;

/// Asks Go's checksum-database packages; true where they accept.
fn ask_go(questions: &[Value]) -> Vec<bool> {
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("verifier");
    let tools = gw_testkit::tools::folder();
    let mut go = Command::new(gw_testkit::tools::go())
        .args(["run", "-mod=readonly", "."])
        .current_dir(verifier)
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "-modcacherw")
        .env("GOCACHE", tools.join("go-cache"))
        .env("GOMODCACHE", tools.join("go-modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = go.stdin.take().unwrap();
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = go.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "go failed");
    let answers: Vec<_> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "ok").collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn receipt_question(vkey: &str, leaf: &[u8], receipt: &[u8]) -> Value {
    json!({ "vkey": vkey, "leaf": STANDARD.encode(leaf), "receipt": STANDARD.encode(receipt) })
}

fn text<'a>(answer: &'a Value, member: &str) -> &'a str {
    answer["attestation"][member].as_str().unwrap_or_else(|| panic!("no {member}: {answer}"))
}

struct Keys {
    vkey: String,
    log: VerifierKey,
    gate: GateKeys,
}

async fn published_keys(server: &Server) -> Keys {
    let ready = &server.ready;
    let vkey = server.get_text(&format!("/v1/log/{}/vkey", ready.tenant_id)).await;
    let vkey = vkey.trim().to_owned();
    let jwks = server.get_text(&format!("/v1/gates/{}/jwks.json", ready.gate_id)).await;
    Keys { log: vkey.parse().unwrap(), gate: GateKeys::parse(jwks.as_bytes()).unwrap(), vkey }
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_and_checkpoints_are_accepted_by_go() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let keys = published_keys(&server).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;

    let mut questions = Vec::new();
    for n in 0..40 {
        let action = if n % 5 == 0 { "delete_it" } else { "read_it" };
        let answers =
            futures::future::join_all((0..n % 7 + 1).map(|_| server.check(action, &token)));
        for answer in answers.await {
            let answer = answer.unwrap();
            verify(answer.to_string().as_bytes(), &keys.gate, &keys.log).unwrap();
            let leaf = text(&answer, "attestation_json").as_bytes();
            questions.push(receipt_question(&keys.vkey, leaf, text(&answer, "receipt").as_bytes()));
        }
    }
    let checkpoint =
        server.get_text(&format!("/v1/log/{}/checkpoint", server.ready.tenant_id)).await;
    questions.push(json!({ "vkey": keys.vkey, "checkpoint": STANDARD.encode(checkpoint) }));
    assert!(questions.len() > 100);
    assert!(ask_go(&questions).iter().all(|accepted| *accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_flipped_bits_are_refused_by_go_and_by_us() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let keys = published_keys(&server).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;
    for _ in 0..9 {
        server.check("read_it", &token).await.unwrap();
    }
    let answer = server.check("read_it", &token).await.unwrap();

    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let mut questions = Vec::new();
    for round in 0..1_000 {
        let member = if round % 2 == 0 { "attestation_json" } else { "receipt" };
        let mut bytes = text(&answer, member).as_bytes().to_vec();
        let bit = random.random_range(0..bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);

        let leaf = text(&answer, "attestation_json").as_bytes();
        let receipt = text(&answer, "receipt").as_bytes();
        questions.push(match member {
            "receipt" => receipt_question(&keys.vkey, leaf, &bytes),
            _ => receipt_question(&keys.vkey, &bytes, receipt),
        });
        // What is no longer UTF-8 cannot stand in a JSON answer at all.
        if let Ok(flipped) = String::from_utf8(bytes) {
            let mut changed = answer.clone();
            changed["attestation"][member] = flipped.into();
            let verdict = verify(changed.to_string().as_bytes(), &keys.gate, &keys.log);
            assert!(verdict.is_err(), "seed {seed}: we accept bit {bit} of {member} flipped");
        }
    }
    let accepted = ask_go(&questions).iter().filter(|accepted| **accepted).count();
    assert_eq!(accepted, 0, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_answer_repeats_must_agree_with_the_record() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let keys = published_keys(&server).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;
    let answer = server.check("read_it", &token).await.unwrap();

    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let inside = ["signature", "attester_public_key", "signing_key_id", "attestation_id"];
    let outside = [
        "decision_id",
        "attestation_id",
        "decision",
        "code",
        "reason_code",
        "gate_id",
        "agent_id",
        "access_mode",
        "evaluated_at",
    ];
    for pointer in inside
        .iter()
        .map(|member| format!("/attestation/{member}"))
        .chain(outside.iter().map(|member| format!("/{member}")))
    {
        for _ in 0..200 {
            let mut changed = answer.clone();
            let member = changed.pointer_mut(&pointer).unwrap();
            let mut bytes =
                member.as_str().unwrap_or_else(|| panic!("{pointer}")).as_bytes().to_vec();
            let bit = random.random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            *member = flipped.into();
            let verdict = verify(changed.to_string().as_bytes(), &keys.gate, &keys.log);
            assert!(verdict.is_err(), "seed {seed}: bit {bit} of {pointer} flipped is accepted");
        }
    }
    for (member, lie) in [
        ("allowed", json!(false)),
        ("epoch", json!(0)),
        ("decision", json!("block")),
        ("agent_id", Value::Null),
        ("passport_id", json!("passport-of-another")),
        ("would", json!("block")),
    ] {
        let mut changed = answer.clone();
        changed[member] = lie;
        assert!(verify(changed.to_string().as_bytes(), &keys.gate, &keys.log).is_err(), "{member}");
    }
}
