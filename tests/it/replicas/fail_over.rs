//! The database fails over to a copy that lost entries: nobody decides from it before an operator
//! has said so, and what was lost stays recognisable.

use gatewright::verify::{GateKeys, LogKeys, Refused, verify_with};
use gw_audit::{Anchor, AuditError, Report};
use gw_db::{DatabaseConfig, Db, Role};
use gw_kernel::SystemClock;
use gw_testkit::FaultServer;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::{
    Customer,
    door::{Door, Said, check},
};
use crate::{server::Server, tamper::root_key};

/// Two processes, a tenant that loses entries, and one that has none to lose.
struct Scene {
    first: Server,
    second: Server,
    loser: Customer,
    other: (Customer, String),
}

impl Scene {
    async fn start(url: &str) -> Self {
        let first = Server::start(url).await;
        let second = first.beside(&[]).await;
        let (door, platform) = (Door::to(&first), first.ready.platform_key.clone());
        let loser = Customer::make(&door, &platform, "loser").await;
        let other = Customer::make(&door, &platform, "other").await;
        let (token, _) = other.mint(&door, json!({})).await;
        Self { loser, other: (other, token), first, second }
    }

    fn doors(&self) -> [Door; 2] {
        [&self.first, &self.second].map(Door::to)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.doors()[0].post(path, &self.loser.key, body).await.unwrap().done()
    }

    async fn revoke(&self, jti: &str) -> i64 {
        let answer = self.post("/v1/admin/revoke", json!({ "jti": jti })).await;
        answer["epoch"].as_i64().unwrap()
    }

    /// Says that the loser's log goes on.
    async fn acknowledge(&self, lost: Value) -> Value {
        let path = format!("/v1/admin/tenants/{}/log/acknowledge-regression", self.loser.tenant);
        let body = json!({ "reason": "the standby was behind", "lost": lost });
        let key = &self.first.ready.platform_key;
        let (status, answer) = self.first.send("POST", &path, key, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Each process's answer for the loser, once it has the database again.
    async fn ask_both(&self, token: &str) -> Vec<Said> {
        let mut answers = Vec::new();
        for door in self.doors() {
            answers.push(settled(&door, &self.loser, check(token, "read_it")).await);
        }
        answers
    }

    async fn assert_regressed(&self, token: &str) {
        for said in self.ask_both(token).await {
            assert_eq!((said.status, said.code()), (503, "log.regressed"), "{said:?}");
        }
        let (who, token) = &self.other;
        for door in self.doors() {
            assert!(settled(&door, who, check(token, "read_it")).await.allows());
        }
    }

    async fn verify(&self, url: &str, kept: Vec<Anchor>) -> Result<Report, AuditError> {
        let config = DatabaseConfig {
            url: Some(url.into()),
            shared_login: true,
            ..DatabaseConfig::default()
        };
        let keys = root_key(&self.first);
        let clock = std::sync::Arc::new(SystemClock);
        let db = Db::connect(&config, Role::Check, keys, clock).await.unwrap();
        let tenant = self.loser.tenant.parse().unwrap();
        gw_audit::verify(&db, tenant, None, kept, &mut |_| {}).await
    }

    /// Whether an answer holds by the keys that are published now.
    async fn holds(&self, answer: &Said) -> Result<(), Refused> {
        let (gate, tenant) = (&self.loser.gate, &self.loser.tenant);
        let gates = self.first.get_text(&format!("/v1/gates/{gate}/jwks.json")).await;
        let logs = self.first.get_text(&format!("/v1/tenants/{tenant}/jwks.json")).await;
        let (gates, logs) = (GateKeys::parse(gates.as_bytes())?, LogKeys::parse(&logs)?);
        verify_with(answer.body.to_string().as_bytes(), &gates, &logs).map(|_| ())
    }
}

/// Asks until the process has its connections back.
async fn settled(door: &Door, who: &Customer, body: Value) -> Said {
    for _ in 0..600 {
        let said = door.check_with(who, &who.key, body.clone()).await.unwrap();
        if !matches!(
            said.code(),
            "check.journal_unavailable" | "check.outcome_unknown" | "check.stale"
        ) {
            return said;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the process does not come back");
}

/// The size and root of the checkpoint under which an answer was given.
fn checkpoint(said: &Said) -> Value {
    let receipt = said.body["attestation"]["receipt"].as_str().unwrap();
    let note = receipt.split_once("\n\n").unwrap().1;
    let mut lines = note.lines().skip(1);
    let size: i64 = lines.next().unwrap().parse().unwrap();
    json!({ "size": size, "root": lines.next().unwrap() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fail_over_that_lost_entries_stops_its_tenant_until_an_operator_acknowledges() {
    let mut postgres: FaultServer = gw_testkit::fault_server("fail-over", &[]);
    let url = postgres.url().to_owned();
    let scene = Scene::start(&url).await;
    let [first, second] = scene.doors();
    let (token, jti) = scene.loser.mint(&first, json!({})).await;
    let (victim, victims_jti) = scene.loser.mint(&first, json!({})).await;
    let kept = scene.ask_both(&token).await;
    let (who, others_token) = &scene.other;
    for door in [&first, &second] {
        assert!(door.check(who, others_token, "read_it").await.unwrap().allows());
    }

    postgres = postgres.set_aside();
    assert!(scene.ask_both(&token).await.iter().all(Said::allows));
    for n in 0..20 {
        scene.revoke(&format!("lost-{n}")).await;
    }
    let seen = scene.revoke(&jti).await;
    let lost = scene.ask_both(&token).await;
    assert!(lost.iter().all(|said| said.code() == "credential.revoked"), "{lost:?}");
    postgres = postgres.fail_over();

    scene.assert_regressed(&victim).await;
    // A client that has seen the revocation notices at a process that knows nothing.
    let newcomer = scene.first.beside(&[]).await;
    let mut asks = check(&victim, "read_it");
    asks["min_epoch"] = seen.into();
    let said = settled(&Door::to(&newcomer), &scene.loser, asks).await;
    assert_eq!((said.status, said.code()), (503, "log.regressed"), "{said:?}");
    // Entries that are written meanwhile do not make up for those that are gone.
    assert!(scene.revoke(&victims_jti).await < seen);
    scene.assert_regressed(&victim).await;

    let goes_on = scene.acknowledge(checkpoint(&lost[1])).await;
    assert_ne!(goes_on["log_origin"], goes_on["previous_origin"]);
    // The epoch that both have loaded bears a number that comes again, for other rights.
    let mut nobodies = (0..).map(|n| format!("nobody-{n}"));
    while scene.revoke(&nobodies.next().unwrap()).await < seen {}
    let after = scene.ask_both(&victim).await;
    assert!(after.iter().all(|said| said.code() == "credential.revoked"), "{after:?}");
    let again = scene.ask_both(&token).await;
    assert!(again.iter().all(Said::allows), "the revocation is gone: {again:?}");
    scene.revoke(&jti).await;
    let revoked = second.check(&scene.loser, &token, "read_it").await.unwrap();
    assert_eq!(revoked.code(), "credential.revoked");

    for answer in kept.iter().chain(&after).chain(&again) {
        scene.holds(answer).await.unwrap();
    }
    for answer in &lost {
        assert!(matches!(scene.holds(answer).await, Err(Refused::Size(_))), "{answer:?}");
    }
    let report = scene.verify(&url, Vec::new()).await.unwrap();
    assert_eq!(report.origin, goes_on["log_origin"].as_str().unwrap());
    let anchor = Anchor::receipt("what was lost", &lost[1].body.to_string()).unwrap();
    assert!(matches!(scene.verify(&url, vec![anchor]).await, Err(AuditError::Found(_))));

    // What was acknowledged once does not speak for the next time.
    postgres = postgres.set_aside();
    let (newest, _) = scene.loser.mint(&second, json!({})).await;
    assert!(scene.ask_both(&newest).await.iter().all(Said::allows));
    postgres = postgres.fail_over();
    scene.assert_regressed(&newest).await;
    scene.acknowledge(Value::Null).await;
    assert!(scene.ask_both(&newest).await.iter().all(Said::allows));
    scene.verify(&url, Vec::new()).await.unwrap();

    let mut owner = PgConnection::connect(&url).await.unwrap();
    let planted = "insert into journal.acknowledgements (tenant_id, at, idx)
        select tenant_id, at + interval '1 hour', idx + 1 from journal.acknowledgements limit 1";
    sqlx::query(planted).execute(&mut owner).await.unwrap();
    let found = scene.verify(&url, Vec::new()).await;
    assert!(matches!(found, Err(AuditError::Found(_))), "one that the log does not tell of");
    postgres.stop();
}
