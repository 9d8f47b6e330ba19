//! `gatewright audit verify`: as an auditor runs it, and on logs that nobody touched.

use std::{fs, process::Output};

use futures::future::join_all;
use gw_db::Role;
use serde_json::{Value, json};

use crate::{cli::gatewright, server::Server, tamper::reader};

/// Some history: mints, checks of all outcomes at once, a revocation, and checks after it.
async fn live(server: &Server, tenant: &str, key: &str, gates: &[String]) {
    let post = async |path: String, body: Value| {
        let (status, answer) = server.send("POST", &path, key, Some(body)).await;
        assert!(status < 300, "{tenant}: {path}: {answer}");
        answer
    };
    let mint = json!({ "subject": "agent-x", "tools": ["read_*"], "max_calls": 3 });
    let minted = post("/v1/admin/mint".to_owned(), mint).await;
    let check = |gate: &String, action: &str| {
        let credential = json!({ "kind": "capability", "value": minted["token"] });
        post(
            format!("/v1/gates/{gate}/check"),
            json!({ "action": action, "credential": credential }),
        )
    };
    let actions = ["read_a", "read_b", "delete", "read_c", "read_d"];
    join_all(actions.iter().enumerate().map(|(n, action)| check(&gates[n % gates.len()], action)))
        .await;
    let together = actions.map(|action| {
        let value = minted["token"].clone();
        json!({ "action": action, "credential": { "kind": "capability", "value": value } })
    });
    join_all(
        gates
            .iter()
            .map(|gate| post(format!("/v1/gates/{gate}/checks"), json!({ "checks": together }))),
    )
    .await;
    let halt = json!({ "scope": "agent", "value": "agent-x", "reason": "loose" });
    post("/v1/admin/kill-switch".to_owned(), halt.clone()).await;
    check(&gates[0], "read_a").await;
    post("/v1/admin/kill-switch/release".to_owned(), halt).await;
    post("/v1/admin/revoke".to_owned(), json!({ "jti": minted["jti"] })).await;
    check(&gates[0], "read_a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_untouched_logs_raise_no_alarm() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let db = reader(&database, &server, Role::Check).await;
    let mut quiet = |_| {};
    for n in 0..200 {
        let platform = &server.ready.platform_key;
        let body = json!({ "name": format!("tenant {n}") });
        let (_, made) = server.send("POST", "/v1/admin/tenants", platform, Some(body)).await;
        let [tenant, key] = ["tenant_id", "api_key"].map(|name| made[name].as_str().unwrap());
        let mut gates = Vec::new();
        for signing in ["each", "batch"] {
            let gate = json!({ "name": signing, "security_profile": "L1", "signing": signing });
            let (status, gate) = server.send("POST", "/v1/gates", key, Some(gate)).await;
            assert_eq!(status, 201, "{gate}");
            gates.push(gate["id"].as_str().unwrap().to_owned());
        }
        live(&server, tenant, key, &gates).await;
        // Not a moment is waited: the log may be written to while it is read.
        let (verdict, ()) = tokio::join!(
            gw_audit::verify(&db, tenant.parse().unwrap(), None, Vec::new(), &mut quiet),
            live(&server, tenant, key, &gates),
        );
        let report = verdict.unwrap_or_else(|finding| panic!("log {n}: {finding}"));
        assert!(report.size >= 23 && report.decisions >= 16, "{report:?}");
    }
    let platform = gw_kernel::TenantId::PLATFORM;
    let report = gw_audit::verify(&db, platform, None, Vec::new(), &mut quiet).await.unwrap();
    assert!(report.size > 200, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_runs_it_with_what_was_kept() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;
    let folder = tempfile::tempdir().unwrap();
    let keep = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let tenant = server.ready.tenant_id.clone();
    let answer = server.check("read_it", &token).await.unwrap();
    let whole = keep("answer.json", &answer.to_string());
    let receipt = keep("receipt", answer["attestation"]["receipt"].as_str().unwrap());
    let checkpoint = server.get_text(&format!("/v1/log/{tenant}/checkpoint")).await;
    let checkpoint = keep("checkpoint", &checkpoint);
    let vkey = keep("vkey", &server.get_text(&format!("/v1/log/{tenant}/vkey")).await);
    for _ in 0..5 {
        server.check("read_it", &token).await.unwrap();
    }

    let verify = |more: &[&str]| -> Output {
        gatewright()
            .env("GATEWRIGHT__DATABASE__URL", database.url())
            .env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true")
            .env("GATEWRIGHT__KEYS__ROOT_KEY_FILE", &server.ready.root_key_file)
            .args(["audit", "verify", "--tenant", &tenant])
            .args(more)
            .output()
            .unwrap()
    };
    let text = |run: &Output| String::from_utf8(run.stdout.clone()).unwrap();
    let alone = verify(&[]);
    assert_eq!(alone.status.code(), Some(0), "{alone:?}");
    assert!(text(&alone).starts_with("consistent; nothing older given: "), "{}", text(&alone));
    let kept = ["--checkpoint", &checkpoint, "--receipt", &receipt, "--receipt", &whole];
    let held = verify(&[&kept[..], &["--log-key", &vkey, "--json"]].concat());
    let facts: Value = serde_json::from_slice(&held.stdout).unwrap();
    assert_eq!((held.status.code(), &facts["facts"]["anchors"]), (Some(0), &json!(3)), "{facts}");

    // What was kept of another log, or of more of this one than is left, does not agree with it.
    let other = keep("other", &fs::read_to_string(&checkpoint).unwrap().replace("/log/", "/tog/"));
    assert_eq!(verify(&["--checkpoint", &other]).status.code(), Some(1));
    let owner = database.owner().await;
    sqlx::query("delete from journal.entries where idx >= $1")
        .bind(2)
        .execute(&owner)
        .await
        .unwrap();
    sqlx::query("delete from journal.batches where size > $1")
        .bind(2)
        .execute(&owner)
        .await
        .unwrap();
    let cut = verify(&["--checkpoint", &checkpoint, "--json"]);
    let found: Value = serde_json::from_slice(&cut.stdout).unwrap();
    assert_eq!((cut.status.code(), &found["code"]), (Some(1), &json!("anchor.contradicted")));

    assert_eq!(verify(&["--checkpoint", "/no/such/file"]).status.code(), Some(2));
    assert_eq!(verify(&["--checkpoint", &vkey]).status.code(), Some(2));
}
