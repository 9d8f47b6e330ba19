use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use gw_testkit::Database;
use rand::RngExt as _;
use reqwest::Client;
use serde_json::{Value, json};

use crate::cli::gatewright;

/// `gatewright serve` on a database that another process has made ready.
pub(super) struct Replica {
    child: Child,
    home: tempfile::TempDir,
    base_url: String,
    client: Client,
}

impl Replica {
    /// With this root key, and the one that it replaces.
    pub(super) async fn start(database: &Database, root: &Path, previous: Option<&Path>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let child = spawn(&home, database, root, previous);
        let mut replica = Self { child, home, base_url: String::new(), client: Client::new() };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !replica.ready_file().exists() {
            let ended = replica.child.try_wait().unwrap();
            let log = || fs::read_to_string(replica.home.path().join("log")).unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "not ready: {}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let ready: Value =
            serde_json::from_slice(&fs::read(replica.ready_file()).unwrap()).unwrap();
        replica.base_url = ready["base_url"].as_str().unwrap().to_owned();
        replica
    }

    /// The exit code and what was said, of a start that is refused.
    pub(super) fn refused(database: &Database, root: &Path) -> (Option<i32>, String) {
        let home = tempfile::tempdir().unwrap();
        let code = spawn(&home, database, root, None).wait().unwrap().code();
        (code, fs::read_to_string(home.path().join("log")).unwrap())
    }

    fn ready_file(&self) -> PathBuf {
        self.home.path().join("ready.json")
    }

    pub(super) async fn post(&self, path: &str, key: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.base_url);
        let answer = self.client.post(url).bearer_auth(key).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(
    home: &tempfile::TempDir,
    database: &Database,
    root: &Path,
    previous: Option<&Path>,
) -> Child {
    let mut command = gatewright();
    command
        .env("GATEWRIGHT__DATABASE__URL", database.url())
        .env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true")
        .env("GATEWRIGHT__JOURNAL__SINGLE_COPY", "true")
        .env("GATEWRIGHT__KEYS__ROOT_KEY_FILE", root)
        .args(["serve", "--listen", "127.0.0.1:0", "--ready-file"])
        .arg(home.path().join("ready.json"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(home.path().join("log")).unwrap());
    if let Some(previous) = previous {
        command.env("GATEWRIGHT__KEYS__PREVIOUS_ROOT_KEY_FILE", previous);
    }
    command.spawn().unwrap()
}

/// A tenant with a gate of its own.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) tenant: String,
    pub(super) key: String,
    pub(super) gate: String,
}

/// Makes one, with `post`.
pub(super) async fn customer(
    platform_key: &str,
    post: impl AsyncFn(&str, &str, Value) -> (u16, Value),
) -> Customer {
    let (status, made) = post("/v1/admin/tenants", platform_key, json!({ "name": "Acme" })).await;
    assert_eq!(status, 201, "{made}");
    let [tenant, key] = ["tenant_id", "api_key"].map(|it| made[it].as_str().unwrap().to_owned());
    let gate = json!({ "name": "A gate", "security_profile": "L1" });
    let (status, gate) = post("/v1/gates", &key, gate).await;
    assert_eq!(status, 201, "{gate}");
    Customer { tenant, key, gate: gate["id"].as_str().unwrap().to_owned() }
}

/// Mints and checks what was minted, and now and then makes a gate, until it is told to stop;
/// everything succeeds. Answers how many checks were allowed.
pub(super) async fn live(replica: &Replica, customer: &Customer, stop: &AtomicBool) -> u32 {
    let (mut allowed, key) = (0, customer.key.as_str());
    while !stop.load(Ordering::Relaxed) || allowed == 0 {
        let mint = json!({ "subject": "agent-x", "tools": ["read_*"] });
        let (status, minted) = replica.post("/v1/admin/mint", key, mint).await;
        assert!(status < 300, "mint: {status} {minted}");
        let gate = if rand::rng().random_ratio(1, 4) {
            let gate = json!({ "name": "Another", "security_profile": "L1" });
            let (status, gate) = replica.post("/v1/gates", key, gate).await;
            assert_eq!(status, 201, "{gate}");
            gate["id"].as_str().unwrap().to_owned()
        } else {
            customer.gate.clone()
        };
        let credential = json!({ "kind": "capability", "value": minted["token"] });
        let check = json!({ "action": "read_it", "credential": credential });
        let (status, answer) = replica.post(&format!("/v1/gates/{gate}/check"), key, check).await;
        assert_eq!((status, &answer["decision"]), (200, &json!("allow")), "{answer}");
        allowed += 1;
    }
    allowed
}

/// Runs a command again and again, killed at any moment, and in the end once to its own end.
pub(super) async fn killed_midway(mut command: impl FnMut() -> std::process::Command, times: u32) {
    for _ in 0..times {
        let mut child = command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pause = rand::rng().random_range(20..250);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        drop(child.kill());
        child.wait().unwrap();
    }
    let mut command = command();
    let whole = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
}
