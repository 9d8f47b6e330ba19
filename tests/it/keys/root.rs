use std::{fs, path::Path, sync::atomic::AtomicBool};

use futures::future::join_all;
use gw_kernel::TenantId;
use gw_testkit::Database;
use serde_json::json;

use super::{
    data_keys, keys, open_data_key, replica,
    replica::{Replica, customer, killed_midway, live},
    root_key,
};
use crate::server::Server;

async fn installed(database: &Database) -> Vec<u8> {
    sqlx::query_scalar("select root_key_fingerprint from gw.installation")
        .fetch_one(&database.owner().await)
        .await
        .unwrap()
}

fn new_key(folder: &Path) -> std::path::PathBuf {
    let file = folder.join("new.key");
    fs::write(&file, hex(rand::random::<[u8; 32]>())).unwrap();
    file
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_key_is_replaced_while_everybody_goes_on() {
    let database = gw_testkit::database().await;
    let before = Server::start(database.url()).await;
    let old_file = before.ready.root_key_file.clone();
    let folder = tempfile::tempdir().unwrap();
    let new_file = new_key(folder.path());
    let platform = before.ready.platform_key.clone();
    let post = async |path: &str, key: &str, body| before.send("POST", path, key, Some(body)).await;
    let mut customers = Vec::new();
    for _ in 0..15 {
        customers.extend(join_all((0..8).map(|_| customer(&platform, post))).await);
    }
    let (other_order, both) = tokio::join!(
        Replica::start(&database, &old_file, Some(&new_file)),
        Replica::start(&database, &new_file, Some(&old_file)),
    );

    let stop = AtomicBool::new(false);
    let rotation = async {
        killed_midway(
            || {
                let mut command = keys(&database, &new_file);
                command.env("GATEWRIGHT__KEYS__PREVIOUS_ROOT_KEY_FILE", &old_file).arg("root");
                command
            },
            6,
        )
        .await;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let newcomers = async |replica: &Replica| {
        let mut made = 0;
        while !stop.load(std::sync::atomic::Ordering::Relaxed) || made == 0 {
            customer(&platform, async |path: &str, key: &str, body| {
                replica.post(path, key, body).await
            })
            .await;
            made += 1;
        }
    };
    tokio::join!(
        rotation,
        live(&both, &customers[0], &stop),
        live(&both, &customers[1], &stop),
        live(&other_order, &customers[0], &stop),
        newcomers(&both),
        newcomers(&other_order),
    );

    let (old, new) = (root_key(&old_file), root_key(&new_file));
    let stored = data_keys(&database).await;
    assert!(stored.len() > 122 && stored.iter().any(|(tenant, _)| *tenant == TenantId::PLATFORM));
    for (tenant, sealed) in &stored {
        assert!(
            open_data_key(&new, *tenant, sealed).is_some(),
            "{tenant} is not under the new key"
        );
        assert!(open_data_key(&old, *tenant, sealed).is_none());
    }
    assert_eq!(installed(&database).await, new.fingerprint());

    who_knows_the_old_key_alone_fails_closed(&before, &customers[40]).await;
    let (code, said) = Replica::refused(&database, &old_file);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("keys.root_mismatch"), "{said}");
    let after = Replica::start(&database, &new_file, None).await;
    live(&after, &customers[40], &AtomicBool::new(true)).await;
    // Where the old key is current and the new one is known, new tenants are under the new one.
    customer(&platform, async |path: &str, key: &str, body| {
        other_order.post(path, key, body).await
    })
    .await;
    for (tenant, sealed) in data_keys(&database).await {
        assert!(open_data_key(&new, tenant, &sealed).is_some());
    }
}

/// Nothing is decided from what cannot be opened, and nothing made that others could not open.
async fn who_knows_the_old_key_alone_fails_closed(server: &Server, stranger: &replica::Customer) {
    let mint = json!({ "subject": "agent-x", "tools": ["read_*"] });
    let refused = server.send("POST", "/v1/admin/mint", &stranger.key, Some(mint)).await;
    assert_eq!((refused.0, &refused.1["code"]), (503, &json!("keys.data_key_unreadable")));
    let check = format!("/v1/gates/{}/check", stranger.gate);
    let body = json!({ "action": "read_it" });
    let refused = server.send("POST", &check, &stranger.key, Some(body)).await;
    assert_eq!((refused.0, &refused.1["code"]), (503, &json!("check.stale")));
    let (path, key) = ("/v1/admin/tenants", &server.ready.platform_key);
    let refused = server.send("POST", path, key, Some(json!({ "name": "Late" }))).await;
    assert_eq!((refused.0, &refused.1["code"]), (503, &json!("keys.root_mismatch")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_key_rotation_says_what_it_would_do_and_is_done_once() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let old_file = &server.ready.root_key_file;
    let folder = tempfile::tempdir().unwrap();
    let new_file = new_key(folder.path());
    let root = |more: &[&str]| {
        let mut command = keys(&database, &new_file);
        command.env("GATEWRIGHT__KEYS__PREVIOUS_ROOT_KEY_FILE", old_file).arg("root").args(more);
        let run = command.output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap()
    };
    let (before, fingerprint) = (data_keys(&database).await, installed(&database).await);
    let looked = root(&["--dry-run", "--json"]);
    assert_eq!((&looked["resealed"], &looked["installed"]), (&json!(2), &json!(false)));
    assert_eq!((data_keys(&database).await, installed(&database).await), (before, fingerprint));

    let done = root(&["--json"]);
    assert_eq!((&done["resealed"], &done["installed"]), (&json!(2), &json!(true)));
    let after = data_keys(&database).await;
    let again = root(&["--json"]);
    assert_eq!((&again["already"], &again["installed"]), (&json!(2), &json!(false)));
    assert_eq!(data_keys(&database).await, after);
    let said: i64 = sqlx::query_scalar(
        "select count(*) from journal.entries where kind = 'platform.root_key_rotated.v1'",
    )
    .fetch_one(&database.owner().await)
    .await
    .unwrap();
    assert_eq!(said, 1);
}
