//! What was decided is decided again from the log alone, and comes out the same.

mod configuration;
mod forged;
mod world;

use std::collections::BTreeSet;

use gw_audit::{Disagreement, Replay};
use gw_db::{Db, Role};
use gw_kernel::TenantId;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

use crate::{
    cli::gatewright,
    server::Server,
    tamper::{log::Log, reader},
};
use configuration::{shown, told};
use world::{STEPS, World};

/// How many logs are made of random steps.
const LOGS: usize = 40;

async fn replay(db: &Db, tenant: TenantId) -> (Replay, Vec<Disagreement>) {
    let mut found = Vec::new();
    let mut take = |disagreement| found.push(disagreement);
    let report = gw_audit::replay(db, tenant, 0..i64::MAX, &mut take, &mut |_| {}).await.unwrap();
    (report, found)
}

/// The codes of a log's decisions, as their records have them.
fn codes(log: &Log) -> BTreeSet<String> {
    let decisions = log.entries.iter().filter(|entry| entry.kind == "check.decided.v1");
    let code = |body: &[u8]| {
        let event: Value = serde_json::from_slice(body).unwrap();
        event["data"]["reason_code"].as_str().unwrap().to_owned()
    };
    decisions.map(|entry| code(entry.body.as_deref().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_decided_is_decided_again_the_same() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let (db, owner) = (reader(&database, &server, Role::Check).await, database.owner().await);
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let mut met = BTreeSet::new();
    for n in 0..LOGS {
        let mut world = World::make(&server, &format!("tenant {n}")).await;
        for _ in 0..24 {
            world.step(random.random_range(0..STEPS), &mut random).await;
        }
        let tenant = world.tenant.parse().unwrap();
        let (report, found) = replay(&db, tenant).await;
        assert!(report.agrees() && found.is_empty(), "seed {seed}, log {n}: {report:?} {found:#?}");
        assert_eq!(report.agreed, report.replayed, "seed {seed}");

        // The log tells the whole configuration: what checks are decided from is all in it.
        let log = Log::read(&owner, tenant).await;
        let now = gw_check::snapshot_now(&db, tenant).await.unwrap();
        assert_eq!(shown(&told(tenant, &log.entries)), shown(&now), "seed {seed}, log {n}");
        met.append(&mut codes(&log));
    }
    let all = [
        "ok",
        "passport_required",
        "credential.malformed",
        "credential.too_large",
        "credential.unsupported",
        "credential.signature",
        "credential.wrong_tenant",
        "credential.expired",
        "credential.revoked",
        "possession.required",
        "scope.denied",
        "budget.calls",
        "budget.rate",
        "budget.cost",
    ];
    let missed: Vec<_> = all.into_iter().filter(|code| !met.contains(*code)).collect();
    assert!(missed.is_empty(), "seed {seed}: no decision was {missed:?}: {met:?}");
    let (report, _) = replay(&db, TenantId::PLATFORM).await;
    assert!(report.agrees() && report.entries > 40, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_replays_a_part_and_is_told_what_differs() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let mut world = World::make(&server, "acme").await;
    let mut random = StdRng::seed_from_u64(1);
    for step in (0..STEPS).chain(0..STEPS) {
        world.step(step, &mut random).await;
    }
    let run = |more: &[&str]| {
        let output = gatewright()
            .env("GATEWRIGHT__DATABASE__URL", database.url())
            .env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true")
            .env("GATEWRIGHT__KEYS__ROOT_KEY_FILE", &server.ready.root_key_file)
            .args(["audit", "replay", "--tenant", &world.tenant])
            .args(more)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let last =
        |text: &str| -> Value { serde_json::from_str(text.lines().last().unwrap()).unwrap() };
    let (code, text) = run(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("agreed: "), "{text}");
    let (code, text) = run(&["--json"]);
    let whole = last(&text)["facts"].clone();
    assert_eq!(code, Some(0), "{text}");
    let count = |facts: &Value, name: &str| facts[name].as_u64().unwrap();
    assert!(count(&whole, "replayed") > 40, "{whole}");
    assert!(count(&whole["on_trust"], "caller_secrets") > 20, "{whole}");
    assert!(count(&whole["on_trust"], "capability_signatures") > 20, "{whole}");
    assert!(count(&whole["on_trust"], "refused_capabilities") > 5, "{whole}");

    // Two parts are the whole.
    let parts = [["--until", "40"], ["--since", "40"]].map(|part| {
        let (code, text) = run(&[&part[..], &["--json"]].concat());
        assert_eq!(code, Some(0), "{text}");
        count(&last(&text)["facts"], "replayed")
    });
    assert!(parts.iter().all(|part| *part > 0), "{parts:?}");
    assert_eq!(parts.iter().sum::<u64>(), count(&whole, "replayed"));

    let owner = database.owner().await;
    let (tenant, forged): (TenantId, _) = (
        world.tenant.parse().unwrap(),
        "set body = convert_to(replace(convert_from(body, 'UTF8'),
             '\"decision\":\"block\"', '\"decision\":\"allow\"'), 'UTF8')",
    );
    let sql = format!("update journal.entries {forged} where tenant_id = $1 and idx >= 40");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.uuid()).execute(&owner).await.unwrap();
    let (code, text) = run(&[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("replayed") && text.contains("disagreed: "), "{text}");

    sqlx::query("update journal.entries set body = null where tenant_id = $1 and idx = 1")
        .bind(tenant.uuid())
        .execute(&owner)
        .await
        .unwrap();
    let (code, text) = run(&["--since", "2"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("stopped at position 1: "), "{text}");
    assert_eq!(run(&["--since", "5", "--until", "5"]).0, Some(2));
    assert_eq!(run(&["--since", "x"]).0, Some(2));
}
