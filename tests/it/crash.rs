//! Durable before answered: no answer outlives its record.
//!
//! Sixty-four clients check while, in odd rounds, the server gets SIGKILL and, in even rounds, all of
//! Postgres. After each restart every decision that was answered is found with the same content, and
//! positions have neither gap nor repeat. SIGKILL leaves the operating system's page cache alone: this
//! proves that COMMIT was waited for, not that the disk kept its word (`fsync` is on, and is not tested).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use rand::RngExt;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};

use crate::server::Server;

const CLIENTS: usize = 64;

/// A commit takes 100 ms, so that an answer that did not wait for it is found out.
const SLOW_COMMIT: [(&str, &str); 2] = [("commit_delay", "100000"), ("commit_siblings", "0")];

/// What a client holds in its hands.
struct Answered {
    decision_id: String,
    index: i64,
    record: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answered_decision_is_lost_when_processes_are_killed() {
    let rounds = std::env::var("GATEWRIGHT_CRASH_ROUNDS");
    let rounds = rounds.map_or(30, |rounds| rounds.parse().unwrap());
    let mut postgres = gw_testkit::fault_server("crash", &SLOW_COMMIT);
    let mut server = Server::start(postgres.url()).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;

    let mut all = Vec::new();
    for round in 1..=rounds {
        let clients = Clients::start(&server, &token);
        clients.under_way().await;
        let pause = rand::rng().random_range(100..400);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if round % 2 == 1 {
            server.crash_and_restart().await;
        } else {
            postgres = postgres.kill_and_restart();
        }
        let answered = clients.stop().await;
        let mut connection = PgConnection::connect(postgres.url()).await.unwrap();
        assert_eq!(count_lost(&mut connection, &answered).await, 0, "round {round}");
        wait_until_it_decides(&server, &token).await;
        assert_positions(&mut connection, &server.ready.tenant_id).await;
        all.extend(answered);
    }
    let mut connection = PgConnection::connect(postgres.url()).await.unwrap();
    assert_eq!(count_lost(&mut connection, &all).await, 0);
    assert_eq!(server.terminate(), Some(0), "SIGTERM drains and ends well");
    postgres.stop();
}

/// The control: the same kill of Postgres, with a database that answers COMMIT before it is durable,
/// must lose an answered decision. Otherwise the test above proves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_crash_test_finds_a_database_that_commits_too_early() {
    let mut postgres = gw_testkit::fault_server("crash-control", &[("wal_writer_delay", "10s")]);
    let server = Server::start(postgres.url()).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;
    let mut connection = PgConnection::connect(postgres.url()).await.unwrap();
    for statement in [
        "create function public.commit_early() returns trigger language plpgsql as
         $$ begin perform set_config('synchronous_commit', 'off', true); return null; end $$",
        "create trigger early after insert on journal.batches
         for each statement execute function public.commit_early()",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    for _ in 0..10 {
        let clients = Clients::start(&server, &token);
        tokio::time::sleep(Duration::from_millis(300)).await;
        postgres = postgres.kill_and_restart();
        let answered = clients.stop().await;
        let mut connection = PgConnection::connect(postgres.url()).await.unwrap();
        if count_lost(&mut connection, &answered).await > 0 {
            return;
        }
    }
    panic!("no answered decision was lost: the crash test cannot fail");
}

struct Clients {
    progress: Arc<Progress>,
    tasks: Vec<tokio::task::JoinHandle<Vec<Answered>>>,
}

#[derive(Default)]
struct Progress {
    stop: AtomicBool,
    answers: AtomicUsize,
}

impl Clients {
    fn start(server: &Server, token: &str) -> Self {
        let progress = Arc::new(Progress::default());
        let url = format!("{}/v1/gates/{}/check", server.ready.base_url, server.ready.gate_id);
        let credential = json!({ "kind": "capability", "value": token });
        let body = json!({ "action": "read_it", "credential": credential });
        let tasks = (0..CLIENTS)
            .map(|_| {
                let request =
                    server.client.post(&url).bearer_auth(&server.ready.api_key).json(&body);
                tokio::spawn(check_until_stopped(progress.clone(), request))
            })
            .collect();
        Self { progress, tasks }
    }

    /// Waits for the first answer.
    async fn under_way(&self) {
        for _ in 0..1_000 {
            if self.progress.answers.load(Ordering::Relaxed) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no check is answered");
    }

    async fn stop(self) -> Vec<Answered> {
        self.progress.stop.store(true, Ordering::Relaxed);
        let mut answered = Vec::new();
        for task in self.tasks {
            answered.extend(task.await.unwrap());
        }
        answered
    }
}

/// Checks until told to stop or until the server is gone; keeps every decision that was answered.
async fn check_until_stopped(
    progress: Arc<Progress>,
    request: reqwest::RequestBuilder,
) -> Vec<Answered> {
    let mut answered = Vec::new();
    while !progress.stop.load(Ordering::Relaxed) {
        let Ok(answer) = request.try_clone().unwrap().send().await else { break };
        if answer.status() != 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let Ok(answer) = answer.json::<Value>().await else { break };
        let attestation = &answer["attestation"];
        let receipt = attestation["receipt"].as_str().unwrap();
        answered.push(Answered {
            decision_id: answer["decision_id"].as_str().unwrap().to_owned(),
            index: receipt.lines().nth(1).unwrap()["index ".len()..].parse().unwrap(),
            record: attestation["attestation_json"].as_str().unwrap().to_owned(),
        });
        progress.answers.fetch_add(1, Ordering::Relaxed);
    }
    answered
}

async fn wait_until_it_decides(server: &Server, token: &str) {
    for _ in 0..200 {
        if let Ok(answer) = server.check("read_it", token).await
            && answer["decision"] == "allow"
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not decide again after the crash");
}

async fn assert_positions(connection: &mut PgConnection, tenant: &str) {
    let tenant: gw_kernel::TenantId = tenant.parse().unwrap();
    let row = sqlx::query(
        "select count(*) as entries, count(distinct idx) as positions, max(idx) + 1 as size,
                (select max(size) from journal.batches where tenant_id = $1) as newest
         from journal.entries where tenant_id = $1",
    )
    .bind(tenant.uuid())
    .fetch_one(connection)
    .await
    .unwrap();
    let [entries, positions, size, newest] =
        ["entries", "positions", "size", "newest"].map(|column| row.get::<i64, _>(column));
    assert_eq!((entries, positions, newest), (size, size, size));
}

/// How many of these are not in the log with the same content at the same position.
async fn count_lost(connection: &mut PgConnection, answered: &[Answered]) -> i64 {
    let ids: Vec<uuid::Uuid> = answered
        .iter()
        .map(|answer| answer.decision_id.parse::<gw_kernel::DecisionId>().unwrap().uuid())
        .collect();
    let indexes: Vec<i64> = answered.iter().map(|answer| answer.index).collect();
    let records: Vec<&[u8]> = answered.iter().map(|answer| answer.record.as_bytes()).collect();
    sqlx::query_scalar(
        "select count(*) from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as held (id, idx, body)
         where not exists (select from journal.entries as e
                           where e.id = held.id and e.idx = held.idx and e.body = held.body)",
    )
    .bind(ids)
    .bind(indexes)
    .bind(records)
    .fetch_one(connection)
    .await
    .unwrap()
}
