//! Two operating-system processes that share nothing but Postgres: no bus, no cache, no clock, not
//! even a parent. What one of them answered is true for the other, whatever dies on the way.

mod agents;
mod budgets;
mod cutter;
mod door;
mod fail_over;
mod halted;
mod ledger;
mod loading;
mod poison;
mod rates;
mod repeated;
mod retirement;
mod retrying;
mod revocation;
mod round_robin;
mod severed;
mod stuck;
mod terminated;
mod upgrade;
mod writes;

use gw_testkit::Database;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::server::Server;
use door::Door;

/// Two processes on one database.
struct Pair {
    first: Server,
    second: Server,
    database: Database,
}

impl Pair {
    async fn start() -> Self {
        let database = gw_testkit::database().await;
        let first = Server::start(database.url()).await;
        let second = first.beside(&[]).await;
        Self { first, second, database }
    }

    /// The ways in: to the first process and to the second.
    fn doors(&self) -> [Door; 2] {
        [Door::to(&self.first), Door::to(&self.second)]
    }

    /// Ends both, and demands that no two transactions ever waited for one another (40P01).
    async fn end(mut self) {
        let codes = (self.first.terminate(), self.second.terminate());
        assert_eq!(codes, (Some(0), Some(0)), "SIGTERM drains and ends well");
        no_deadlocks(self.database.url()).await;
    }
}

/// Counted by Postgres; its backends hand in their numbers when they end.
async fn no_deadlocks(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let deadlocks: i64 = sqlx::query_scalar(
        "select deadlocks from pg_stat_database where datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(deadlocks, 0, "40P01");
}

/// A tenant of the running product, with a gate.
#[derive(Debug, Clone)]
struct Customer {
    tenant: String,
    key: String,
    gate: String,
}

impl Customer {
    async fn make(door: &Door, platform_key: &str, name: &str) -> Self {
        let body = json!({ "name": name });
        let made = door.post("/v1/admin/tenants", platform_key, body).await.unwrap().done();
        let text = |object: &Value, member: &str| object[member].as_str().unwrap().to_owned();
        let (tenant, key) = (text(&made, "tenant_id"), text(&made, "api_key"));
        let gate = json!({ "name": name, "security_profile": "L1" });
        let gate = door.post("/v1/gates", &key, gate).await.unwrap().done();
        Self { tenant, key, gate: text(&gate, "id") }
    }

    /// So many of them.
    async fn many(pair: &Pair, count: usize) -> Vec<Self> {
        let [door, _] = pair.doors();
        let platform = &pair.first.ready.platform_key;
        let mut all = Vec::new();
        for n in 0..count {
            all.push(Self::make(&door, platform, &format!("tenant {n}")).await);
        }
        all
    }

    /// Mints a capability with these members beside its subject: the token and its id.
    async fn mint(&self, door: &Door, mut members: Value) -> (String, String) {
        members["subject"] = "agent-x".into();
        let minted = door.post("/v1/admin/mint", &self.key, members).await.unwrap().done();
        let text = |member: &str| minted[member].as_str().unwrap().to_owned();
        (text("token"), text("jti"))
    }
}
