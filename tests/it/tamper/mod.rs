//! Whoever may write to the database, and what they leave behind: every change of a log is found.

pub(crate) mod forger;
pub(crate) mod log;
mod mutations;

use std::sync::Arc;

use futures::future::join_all;
use gw_audit::{Anchor, AuditError, Report};
use gw_crypto::seal::RootKey;
use gw_db::{Db, Role};
use gw_kernel::{Clock, TenantId};
use gw_testkit::Database;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::server::Server;
use forger::Forger;
use log::Log;

const MUTATIONS: usize = 2_000;

/// A way into this server's database, with the root key that the server uses.
pub(crate) async fn reader(database: &Database, server: &Server, role: Role) -> Db {
    let clock: Arc<dyn Clock> = database.clock.clone();
    Db::connect(&database.config(), role, root_key(server), clock).await.unwrap()
}

pub(crate) fn root_key(server: &Server) -> Arc<RootKey> {
    let text = std::fs::read_to_string(&server.ready.root_key_file).unwrap();
    Arc::new(RootKey::parse(text.trim()).unwrap())
}

/// A log with everything in it, and what its readers have kept: the newest checkpoint and answer.
struct Scene {
    tenant: TenantId,
    db: Db,
    owner: sqlx::Pool<sqlx::Postgres>,
    whole: Log,
    forger: Forger,
    kept: [Anchor; 2],
    _database: Database,
}

impl Scene {
    async fn make() -> Self {
        let database = gw_testkit::database().await;
        let server = Server::start(database.url()).await;
        let key = &server.ready.api_key;
        let batch = json!({ "name": "Batch", "security_profile": "L1", "signing": "batch" });
        let (_, gate) = server.send("POST", "/v1/gates", key, Some(batch)).await;
        let cosigning = gate["id"].as_str().unwrap().to_owned();
        let gone = json!({ "name": "Gone" });
        let (_, gone) = server.send("POST", "/v1/gates", key, Some(gone)).await;
        let gone = format!("/v1/gates/{}", gone["id"].as_str().unwrap());
        for round in 0..4 {
            let token = server.mint(json!({ "tools": ["read_*"], "max_calls": 4 })).await;
            join_all(["read_a", "read_b", "drop_c"].map(|action| server.check(action, &token)))
                .await;
            let credential = json!({ "kind": "capability", "value": token });
            let body = json!({ "action": "read_d", "credential": credential });
            let path = format!("/v1/gates/{cosigning}/check");
            join_all((0..3).map(|_| server.send("POST", &path, key, Some(body.clone())))).await;
            let revoked = json!({ "jti": format!("other-{round}"), "reason": "lost" });
            server.send("POST", "/v1/admin/revoke", key, Some(revoked)).await;
        }
        // Behind all the others, so that its decision is among the last.
        let token = server.mint(json!({ "tools": ["read_*"] })).await;
        let credential = json!({ "kind": "capability", "value": token });
        let body = json!({ "action": "read_e", "credential": credential });
        server.send("POST", &format!("{gone}/check"), key, Some(body)).await;
        let (status, archived) = server.send("DELETE", &gone, key, None).await;
        assert_eq!(status, 200, "{archived}");
        let halted = json!({ "scope": "agent", "value": "halted-agent" });
        server.send("POST", "/v1/admin/kill-switch", key, Some(halted)).await;
        let token = server.mint(json!({ "tools": ["read_*"] })).await;
        let answer = server.check("read_it", &token).await.unwrap();
        let tenant = server.ready.tenant_id.clone();
        let note = server.get_text(&format!("/v1/log/{tenant}/checkpoint")).await;
        let kept = [
            Anchor::checkpoint("the checkpoint", &note).unwrap(),
            Anchor::receipt("the answer", &answer.to_string()).unwrap(),
        ];
        let tenant: TenantId = tenant.parse().unwrap();
        let (db, owner) = (reader(&database, &server, Role::Check).await, database.owner().await);
        log::unguard(&owner).await;
        let whole = Log::read(&owner, tenant).await;
        let forger = Forger::with_all_keys(&owner, tenant, &root_key(&server)).await;
        Self { tenant, db, owner, whole, forger, kept, _database: database }
    }

    /// Puts this log where the tenant's was, and verifies it.
    async fn verify(&self, log: &Log, kept: &[Anchor]) -> Result<Report, AuditError> {
        log.write(&self.owner, self.tenant).await;
        gw_audit::verify(&self.db, self.tenant, None, kept.to_vec(), &mut |_| {}).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_mutations_of_a_log_are_all_found() {
    let scene = Scene::make().await;
    let untouched = scene.verify(&scene.whole, &scene.kept).await.unwrap();
    assert!(untouched.size > 30 && untouched.checkpoints > 8, "{untouched:?}");
    // What the forger signs anew is what was there: a forgery is never found by its clumsiness.
    let mut again = scene.whole.clone();
    again.rebuild(Some(&scene.forger));
    assert_eq!(again, scene.whole);

    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let mut tally = std::collections::BTreeMap::<String, usize>::new();
    let mut done = 0;
    while done < MUTATIONS {
        let mutation = mutations::ALL[random.random_range(0..mutations::ALL.len())];
        let mut log = scene.whole.clone();
        (mutation.make)(&mut log, &scene.forger, &mut random);
        if log == scene.whole {
            continue;
        }
        let one = random.random_range(0..scene.kept.len());
        let kept = if mutation.consistent { &scene.kept[one..=one] } else { &[] };
        let code = match scene.verify(&log, kept).await {
            Err(AuditError::Found(finding)) => finding.problem.code(),
            other => panic!("seed {seed}, mutation {done}, {}: {other:?}", mutation.name),
        };
        *tally.entry(format!("{} -> {code}", mutation.name)).or_default() += 1;
        done += 1;
        if done % 100 == 0 {
            // Rows that were put away a hundred times slow the rest down.
            sqlx::raw_sql("vacuum journal.entries, journal.batches, journal.counters")
                .execute(&scene.owner)
                .await
                .unwrap();
        }
    }
    let met = |name: &str| tally.keys().any(|key| key.starts_with(name));
    assert!(mutations::ALL.iter().all(|mutation| met(mutation.name)), "{tally:#?}");
    for (mutation, code) in [
        ("a stale decision is planted", "decision.stale"),
        ("a decision of an archived gate is planted", "decision.archived_gate"),
    ] {
        assert!(tally.contains_key(&format!("{mutation} -> {code}")), "{tally:#?}");
    }
    scene.verify(&scene.whole, &scene.kept).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_written_anew_is_consistent_until_something_older_is_given() {
    let scene = Scene::make().await;
    let mut random = StdRng::seed_from_u64(7);
    let mut log = scene.whole.clone();
    mutations::cut(&mut log, &scene.forger, &mut random);
    let alone = scene.verify(&log, &[]).await.unwrap();
    assert_eq!(alone.anchors, 0);
    for kept in &scene.kept {
        let found = scene.verify(&log, std::slice::from_ref(kept)).await.unwrap_err();
        assert!(matches!(found, AuditError::Found(_)), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_count_only_where_the_root_key_and_the_log_bear_them_out() {
    let scene = Scene::make().await;
    // Each statement takes back what the one before it did; no constraint stops the owner.
    for (change, undo, code) in [
        (
            "update tenants.log_keys set public_key = sha256(public_key)",
            "update tenants.log_keys k set public_key = o.public_key from kept_log_keys o
                 where o.key_id = k.key_id",
            "key.foreign",
        ),
        (
            "update gates.keypairs set public_key = sha256(public_key)",
            "update gates.keypairs k set public_key = o.public_key from kept_keypairs o
                 where o.id = k.id",
            "key.foreign",
        ),
        (
            "update gates.keypairs set signs_until = 5",
            "update gates.keypairs set signs_until = null",
            "key.outside",
        ),
        (
            "update gates.keypairs set signs_until = 5000",
            "update gates.keypairs set signs_until = null",
            "key.unknown",
        ),
        (
            "update tenants.data_keys set sealed = sealed || '\\x00'",
            "update tenants.data_keys d set sealed = o.sealed from kept_data_keys o
                 where o.tenant_id = d.tenant_id",
            "key.data",
        ),
    ] {
        sqlx::raw_sql(
            "alter table gates.keypairs drop constraint if exists keypairs_ended;
             create table if not exists kept_log_keys as select * from tenants.log_keys;
             create table if not exists kept_keypairs as select * from gates.keypairs;
             create table if not exists kept_data_keys as select * from tenants.data_keys;",
        )
        .execute(&scene.owner)
        .await
        .unwrap();
        sqlx::raw_sql(change).execute(&scene.owner).await.unwrap();
        match scene.verify(&scene.whole, &[]).await {
            Err(AuditError::Found(finding)) => assert_eq!(finding.problem.code(), code, "{change}"),
            other => panic!("{change}: {other:?}"),
        }
        sqlx::raw_sql(undo).execute(&scene.owner).await.unwrap();
        scene.verify(&scene.whole, &[]).await.unwrap();
    }
}
