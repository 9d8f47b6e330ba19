//! What is past its tenant's retention is gone, everybody who reads it says so, and the log is still
//! the one that was signed.

use std::time::Duration;

use gw_audit::{Anchor, AuditError, Problem, Report};
use gw_db::{Db, Role};
use gw_kernel::TenantId;
use gw_testkit::Database;
use serde_json::{Value, json};
use sqlx::{Pool, Postgres};

use crate::{server::Server, tamper::reader};

/// A tenant with decisions from long ago and from today, and a process that forgets.
struct Scene {
    database: Database,
    first: Server,
    /// It looks every few milliseconds.
    _forgetter: Server,
    owner: Pool<Postgres>,
    db: Db,
    tenant: TenantId,
    /// The answers of long ago, and today's.
    old: Vec<Value>,
    new: Vec<Value>,
}

impl Scene {
    /// Decisions of two gates, one of which co-signs: six of forty days ago, six of today.
    async fn make() -> Self {
        let database = gw_testkit::database().await;
        let first = Server::start(database.url()).await;
        let looks = [("POLL_MS", "20"), ("RETENTION_POLL_MS", "20")];
        let looks = looks.map(|(name, every)| (format!("GATEWRIGHT__AUDIT__{name}"), every));
        let looks: Vec<(&str, &str)> = looks.iter().map(|(name, n)| (&**name, *n)).collect();
        let forgetter = first.beside(&looks).await;
        let owner = database.owner().await;
        let db = reader(&database, &first, Role::Check).await;
        let tenant = first.ready.tenant_id.parse().unwrap();
        let batch = json!({ "name": "Batch", "security_profile": "L1", "signing": "batch" });
        let (_, gate) = first.send("POST", "/v1/gates", &first.ready.api_key, Some(batch)).await;
        let gates = [first.ready.gate_id.clone(), gate["id"].as_str().unwrap().to_owned()];
        let token = first.mint(json!({ "tools": ["read_*"], "max_calls": 9 })).await;
        let old = decide(&first, &gates, &token).await;
        database.age(tenant, 40).await;
        let new = decide(&first, &gates, &token).await;
        Self { database, first, _forgetter: forgetter, owner, db, tenant, old, new }
    }

    /// Sets the tenant's retention as the platform does, and waits until it has been acted upon.
    async fn keep(&self, days: u32) {
        let url = format!("{}/v1/admin/tenants/{}/limits", self.first.ready.base_url, self.tenant);
        let limits = json!({ "checks_per_second": 1_000, "gates": 9, "api_keys": 9, "operators": 9,
            "retention_days": days });
        let request = self.first.client.put(url).bearer_auth(&self.first.ready.platform_key);
        let answer = request.header("if-match", "*").json(&limits).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        self.look_through().await;
    }

    /// Waits until all that there is has been digested, and looked through after that.
    async fn look_through(&self) {
        let (_, usage) = self.get("/v1/admin/usage").await;
        assert_eq!(usage["counted_to"], usage["size"], "{usage}");
        let begun: String = sqlx::query_scalar("select clock_timestamp()::text")
            .fetch_one(&self.owner)
            .await
            .unwrap();
        let looked = "select coalesce((select looked_at > $2::timestamptz from audit.retention
            where tenant_id = $1), false)";
        loop {
            let looked = sqlx::query_scalar(looked).bind(self.tenant.uuid()).bind(&begun);
            if looked.fetch_one(&self.owner).await.unwrap() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.first.send("GET", path, &self.first.ready.api_key, None).await
    }

    /// The kinds of the entries without a body, and how many of each.
    async fn gone(&self) -> Vec<(String, i64)> {
        let sql = "select kind, count(*) from journal.entries where tenant_id = $1 and body is null
            group by 1";
        sqlx::query_as(sql).bind(self.tenant.uuid()).fetch_all(&self.owner).await.unwrap()
    }

    async fn verify(&self, kept: Vec<Anchor>) -> Result<Report, Problem> {
        match gw_audit::verify(&self.db, self.tenant, None, kept, &mut |_| {}).await {
            Ok(report) => Ok(report),
            Err(AuditError::Found(finding)) => Err(finding.problem),
            Err(AuditError::Db(error)) => panic!("{error}"),
        }
    }

    /// Does this to a position of the log, verifies it, and takes it back.
    async fn tampered(&self, index: i64, change: &str) -> Result<Report, Problem> {
        let here = format!("where tenant_id = '{}' and idx = {index}", self.tenant.uuid());
        let run = async |sql: String| {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&self.owner).await.unwrap();
        };
        run(format!("create table kept as select * from journal.entries {here}")).await;
        run(format!("update journal.entries set {change} {here}")).await;
        let found = self.verify(Vec::new()).await;
        run(format!("delete from journal.entries {here}")).await;
        run("insert into journal.entries select * from kept; drop table kept".to_owned()).await;
        found
    }

    async fn newest(&self, kind: &str) -> i64 {
        let sql = "select max(idx) from journal.entries where tenant_id = $1 and kind = $2";
        let newest = sqlx::query_scalar(sql).bind(self.tenant.uuid()).bind(kind);
        newest.fetch_one(&self.owner).await.unwrap()
    }
}

/// Three decisions at each gate: two that spend of one budget, and one that does not.
async fn decide(server: &Server, gates: &[String], token: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for gate in gates {
        for action in ["read_a", "drop_b", "read_c"] {
            let credential = json!({ "kind": "capability", "value": token });
            let body = json!({ "action": action, "credential": credential });
            let path = format!("/v1/gates/{gate}/check");
            let (status, answer) =
                server.send("POST", &path, &server.ready.api_key, Some(body)).await;
            assert_eq!(status, 200, "{answer}");
            answers.push(answer);
        }
    }
    answers
}

fn decided(count: i64) -> Vec<(String, i64)> {
    vec![("check.decided.v1".to_owned(), count)]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_said_to_be_gone_and_what_is_left_still_verifies() {
    let scene = Scene::make().await;
    let (_, usage) = scene.get("/v1/admin/usage?by=decision").await;
    scene.keep(30).await;
    assert_eq!(scene.gone().await, decided(6));

    // Whoever asks is told, and nobody else.
    let body = json!({ "name": "other" });
    let platform = &scene.first.ready.platform_key;
    let (_, other) = scene.first.send("POST", "/v1/admin/tenants", platform, Some(body)).await;
    let path = format!("/v1/admin/decisions/{}", scene.old[0]["decision_id"].as_str().unwrap());
    let stranger = other["api_key"].as_str().unwrap();
    let (status, body) = scene.first.send("GET", &path, stranger, None).await;
    assert_eq!((status, &body["code"]), (404, &json!("decision.not_found")), "{body}");
    for (answers, status, code) in
        [(&scene.old, 410, json!("decision.expired")), (&scene.new, 200, Value::Null)]
    {
        for answer in answers {
            let ids = [&answer["decision_id"], &answer["attestation"]["attestation_id"]];
            for id in ids.map(|id| id.as_str().unwrap()) {
                let (told, body) = scene.get(&format!("/v1/admin/decisions/{id}")).await;
                assert_eq!((told, &body["code"]), (status, &code), "{body}");
            }
        }
    }
    let list = format!("/v1/gates/{}/attestations", scene.first.ready.gate_id);
    let (_, all) = scene.get(&list).await;
    assert_eq!((all["items"].as_array().unwrap().len(), &all["expired"]), (3, &json!(3)), "{all}");
    let (_, allowed) = scene.get(&format!("{list}?decision=allow")).await;
    assert_eq!(allowed["items"].as_array().unwrap().len(), 2, "{allowed}");
    let (_, page) = scene.get(&format!("{list}?limit=4")).await;
    let next = page["next_cursor"].as_str().unwrap();
    let (_, rest) = scene.get(&format!("{list}?cursor={next}")).await;
    assert_eq!((&rest["items"], &rest["expired"]), (&json!([]), &json!(2)), "{rest}");

    // What was counted is counted.
    let (_, counted) = scene.get("/v1/admin/usage?by=decision").await;
    assert_eq!(counted["decisions"], usage["decisions"]);
    let (_, history) = scene.get("/v1/admin/history?limit=1000").await;
    let kinds = history["items"].as_array().unwrap();
    assert!(kinds.iter().any(|item| item["type"] == "capability.minted.v1"), "{history}");

    // Who kept an answer holds it against the log as before.
    let kept: Vec<Anchor> = scene
        .old
        .iter()
        .chain(&scene.new)
        .map(|answer| Anchor::receipt("an answer", &answer.to_string()).unwrap())
        .collect();
    let report = scene.verify(kept).await.unwrap();
    assert_eq!((report.decisions, report.forgotten, report.anchors), (12, 6, 12));
    let mut found = Vec::new();
    let mut differs = |disagreement| found.push(disagreement);
    let replay =
        gw_audit::replay(&scene.db, scene.tenant, 0..i64::MAX, &mut differs, &mut |_| {}).await;
    let replay = replay.unwrap();
    assert!(replay.agrees(), "{replay:?} {found:?}");
    assert_eq!((replay.no_body, replay.agreed), (6, 6), "{replay:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_retention_that_the_log_tells_of_explains_what_is_missing() {
    let scene = Scene::make().await;
    scene.keep(30).await;
    scene.verify(Vec::new()).await.unwrap();
    let index = |answer: &Value| -> i64 {
        let receipt = answer["attestation"]["receipt"].as_str().unwrap();
        let line = receipt.lines().find(|line| line.starts_with("index ")).unwrap();
        line["index ".len()..].parse().unwrap()
    };
    let (old, new) = (index(&scene.old[1]), index(&scene.new[1]));
    let minted = scene.newest("capability.minted.v1").await;
    let disguised =
        "kind = 'check.decided.v1', body = null, signature = decode(repeat('00', 64), 'hex'),
        gate_id = (select min(gate_id::text)::uuid from journal.entries g
                   where g.tenant_id = entries.tenant_id and g.signature is not null)";
    for (at, change, code) in [
        (old, "hash = sha256(hash)", "batch.frontier"),
        (old, "hash = '\\x00' || substr(hash, 1, 31)", "batch.frontier"),
        (old, "signature = null", "decision.signature"),
        (old, "gate_id = null", "entry.column"),
        (old, "kind = 'check.refused.v1'", "entry.no_body"),
        (new, "body = null", "entry.no_body"),
        (new, "hash = sha256(hash)", "entry.hash"),
        // Administrative entries are never too old, whatever they pass for.
        (minted, "body = null", "entry.no_body"),
        (minted, disguised, "batch.unsigned"),
    ] {
        let found = scene.tampered(at, change).await.map_err(|problem| problem.code());
        assert_eq!(found.err(), Some(code), "{change}");
        scene.verify(Vec::new()).await.unwrap();
    }

    // Lengthened, it gives nothing back and is no alarm; shortened, it takes what it kept.
    scene.keep(3_650).await;
    scene.database.age(scene.tenant, 10).await;
    scene.look_through().await;
    assert_eq!(scene.gone().await, decided(6));
    assert_eq!(scene.verify(Vec::new()).await.unwrap().forgotten, 6);
    let found = scene.tampered(new, "body = null").await.map_err(|problem| problem.code());
    assert_eq!(found.err(), Some("entry.no_body"));
    scene.keep(5).await;
    assert_eq!(scene.gone().await, decided(12));
    assert_eq!(scene.verify(Vec::new()).await.unwrap().forgotten, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retention_that_was_written_past_the_log_is_found_out() {
    let scene = Scene::make().await;
    scene.keep(60).await;
    assert_eq!(scene.gone().await, []);
    sqlx::query("update tenants.limits set retention_days = 30 where tenant_id = $1")
        .bind(scene.tenant.uuid())
        .execute(&scene.owner)
        .await
        .unwrap();
    scene.look_through().await;
    assert_eq!(scene.gone().await, decided(6));
    assert_eq!(scene.verify(Vec::new()).await, Err(Problem::NoBody));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_shortest_retention_a_callers_key_is_answered_as_it_was_for_a_day() {
    let scene = Scene::make().await;
    let token = scene.first.mint(json!({ "tools": ["read_*"] })).await;
    let body = json!({ "action": "read_a", "idempotency_key": "k",
        "credential": { "kind": "capability", "value": token } });
    let path = format!("/v1/gates/{}/check", scene.first.ready.gate_id);
    let ask = async || {
        let key = &scene.first.ready.api_key;
        let (status, answer) = scene.first.send("POST", &path, key, Some(body.clone())).await;
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let first = ask().await;
    // It was yesterday.
    scene.database.age(scene.tenant, 1).await;
    scene.keep(1).await;
    assert_eq!(scene.gone().await, decided(6));
    let again = ask().await;
    assert_eq!(again["attestation"], first["attestation"]);
}
