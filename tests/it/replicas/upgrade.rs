//! The build before this one and this one, on one database: while it is migrated, with both of them
//! deciding and administering, and after the old one has gone.
//!
//! `.ci/upgrade` builds the old one and runs this.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinHandle;

use super::{Customer, door::Door, no_deadlocks};
use crate::{cli::gatewright, server::Server};

/// How often each thing is done on either, in turn.
const ROUNDS: usize = 12;
/// What a check may take while the database is migrated: the deadline of a caller that names none.
const DEADLINE: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the build before this one: .ci/upgrade makes it and runs this"]
async fn the_build_before_and_this_one_decide_and_administer_together() {
    let before: PathBuf = std::env::var_os("GATEWRIGHT_BEFORE").expect("its binary").into();
    let postgres = gw_testkit::fault_server("upgrade", &[]);
    // It migrates the empty database, and starts.
    let mut old = Server::start_other(before.clone(), postgres.url()).await;
    let platform = old.ready.platform_key.clone();
    let at_old = Door::to(&old);
    let busy = Customer::make(&at_old, &platform, "busy").await;
    let who = Customer::make(&at_old, &platform, "administered").await;

    // This one expands the schema while the old one decides and administers.
    let mut traffic = Traffic::start(vec![at_old.clone()], busy.clone());
    let migrated = tokio::task::spawn_blocking({
        let url = postgres.url().to_owned();
        move || gatewright().arg("migrate").env("GATEWRIGHT__DATABASE__URL", url).output().unwrap()
    });
    let migrated = migrated.await.unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let slowest = traffic.end().await;
    assert!(slowest < DEADLINE, "somebody waited {slowest:?} while the database was migrated");

    // It starts beside, and the old one can still be started.
    let mut new = old.beside(&[]).await;
    let mut again = old.other_beside(before.clone(), &[]).await;
    traffic = Traffic::start(vec![at_old.clone(), Door::to(&new)], busy.clone());
    let mut doors = [at_old, Door::to(&new)];
    for n in 0..ROUNDS {
        together(&doors, &who, &platform, n).await;
        doors.swap(0, 1);
    }
    traffic.end().await;

    // What both wrote, each of them can read.
    for tenant in [&busy.tenant, &who.tenant] {
        holds(&audit(&before, &old, "verify", tenant));
    }
    assert_eq!((old.terminate(), again.terminate()), (Some(0), Some(0)), "SIGTERM ends both well");
    for n in 0..2 {
        together(&[Door::to(&new), Door::to(&new)], &who, &platform, ROUNDS + n).await;
    }
    let this = PathBuf::from(gatewright().get_program());
    for tenant in [&busy.tenant, &who.tenant] {
        holds(&audit(&this, &new, "verify", tenant));
        holds(&audit(&this, &new, "replay", tenant));
    }
    assert_eq!(new.terminate(), Some(0));
    no_deadlocks(postgres.url()).await;
    postgres.stop();
}

/// Everything that `one` changes is true at `other`.
async fn together([one, other]: &[Door; 2], who: &Customer, platform: &str, n: usize) {
    let post = async |path: &str, body| one.post(path, &who.key, body).await.unwrap().done();
    let mint = json!({ "subject": "agent-x", "tools": ["read_*"], "max_calls": 2 });
    let minted = post("/v1/admin/mint", mint).await;
    let token = minted["token"].as_str().unwrap();
    let code = async |door: &Door| {
        let said = door.check(who, token, "read_it").await.unwrap();
        (said.status, said.code().to_owned())
    };
    let is = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(code(other).await, is(200, "ok"));

    let halt = json!({ "scope": "agent", "value": "agent-x", "reason": "loose" });
    post("/v1/admin/kill-switch", halt.clone()).await;
    assert_eq!(code(other).await, is(200, "kill_switch"));
    post("/v1/admin/kill-switch/release", halt).await;
    assert_eq!(code(one).await, is(200, "ok"), "a budget is one for both");
    assert_eq!(code(other).await, is(200, "budget.calls"), "a budget is one for both");
    post("/v1/admin/revoke", json!({ "jti": minted["jti"] })).await;
    assert_eq!(code(other).await, is(200, "credential.revoked"));

    let order = json!({ "name": format!("key {n}"), "scopes": ["*"] });
    let made = post("/v1/admin/api-keys", order).await;
    let (id, key) = (made["key_id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    let gate = json!({ "name": format!("gate {n}"), "security_profile": "L1" });
    let gate = other.post("/v1/gates", key, gate).await.unwrap().done();
    let moved = Customer { gate: gate["id"].as_str().unwrap().to_owned(), ..who.clone() };
    let fresh = post("/v1/admin/mint", json!({ "subject": "agent-y" })).await;
    let fresh = fresh["token"].as_str().unwrap();
    assert!(one.check(&moved, fresh, "read_it").await.unwrap().allows());
    post(&format!("/v1/gates/{}/keypairs/rotate", moved.gate), json!({})).await;
    assert!(other.check(&moved, fresh, "read_it").await.unwrap().allows());
    post(&format!("/v1/admin/api-keys/{id}/revoke"), json!({})).await;
    let refused = other.check_with(who, key, super::door::check(fresh, "read_it")).await.unwrap();
    assert_eq!((refused.status, refused.code()), (401, "caller.unknown"));

    for (state, answer) in [("suspend", (403, "tenant.suspended")), ("resume", (200, "ok"))] {
        let path = format!("/v1/admin/tenants/{}/{state}", who.tenant);
        one.post(&path, platform, json!({})).await.unwrap().done();
        let said = other.check(who, fresh, "read_it").await.unwrap();
        assert_eq!((said.status, said.code()), answer);
    }
}

/// Mints, checks and revocations of one tenant, on these processes in turn, without a pause.
struct Traffic {
    stop: Arc<AtomicBool>,
    working: JoinHandle<Duration>,
}

impl Traffic {
    fn start(doors: Vec<Door>, who: Customer) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let working = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            for n in 0.. {
                let (one, other) = (&doors[n % doors.len()], &doors[(n + 1) % doors.len()]);
                let began = Instant::now();
                let (token, jti) = who.mint(one, json!({ "tools": ["read_*"] })).await;
                assert!(other.check(&who, &token, "read_it").await.unwrap().allows());
                let revoke = json!({ "jti": jti });
                one.post("/v1/admin/revoke", &who.key, revoke).await.unwrap().done();
                let after = other.check(&who, &token, "read_it").await.unwrap();
                assert_eq!(after.code(), "credential.revoked");
                slowest = slowest.max(began.elapsed());
                if stopped.load(Ordering::Relaxed) && n > ROUNDS {
                    break;
                }
            }
            slowest
        });
        Self { stop, working }
    }

    /// The longest that mint, check, revocation and check took together.
    async fn end(self) -> Duration {
        self.stop.store(true, Ordering::Relaxed);
        self.working.await.unwrap()
    }
}

/// Runs `audit verify` or `audit replay` of a build.
fn audit(binary: &Path, server: &Server, what: &str, tenant: &str) -> Output {
    Command::new(binary)
        .env_remove("DATABASE_URL")
        .env("GATEWRIGHT__DATABASE__URL", &server.ready.database_url)
        .env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true")
        .env("GATEWRIGHT__KEYS__ROOT_KEY_FILE", &server.ready.root_key_file)
        .args(["audit", what, "--tenant", tenant])
        .output()
        .unwrap()
}

fn holds(run: &Output) {
    assert_eq!(run.status.code(), Some(0), "{run:?}");
}
