//! A load of one process is held between two of its reads while the other process ends a right.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;

use super::{
    Customer, Pair,
    door::{Said, check},
};

/// Holds every reader of this table, until it is let go.
struct Barrier(PgConnection);

impl Barrier {
    async fn before(pair: &Pair, table: &str) -> Self {
        let mut connection = PgConnection::connect(pair.database.url()).await.unwrap();
        let lock = format!("lock table {table} in access exclusive mode");
        for sql in ["begin", &lock] {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        Self(connection)
    }

    /// Waits until a load stands before it.
    async fn met(&mut self) {
        for _ in 0..1_000 {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                 where not l.granted and l.locktype = 'relation' and d.datname = current_database()",
            )
            .fetch_one(&mut self.0)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no load came this far");
    }

    async fn let_go(mut self) {
        sqlx::query("rollback").execute(&mut self.0).await.unwrap();
    }
}

/// Asks the second process in a task of its own.
fn ask(pair: &Pair, who: &Customer, key: &str, token: &str) -> JoinHandle<Said> {
    let [_, door] = pair.doors();
    let (who, key, body) = (who.clone(), key.to_owned(), check(token, "read_it"));
    tokio::spawn(async move { door.check_with(&who, &key, body).await.unwrap() })
}

async fn post(pair: &Pair, key: &str, path: &str, body: Value) -> Value {
    pair.doors()[0].post(path, key, body).await.unwrap().done()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_that_is_held_while_a_right_ends_elsewhere_never_allows() {
    let pair = Pair::start().await;
    let [first, _] = pair.doors();
    let platform = pair.first.ready.platform_key.clone();
    for (n, who) in Customer::many(&pair, 6).await.into_iter().enumerate() {
        let (token, jti) = who.mint(&first, json!({})).await;
        let order = json!({ "name": "a gate's", "scopes": ["checks:write"] });
        let made = post(&pair, &who.key, "/v1/admin/api-keys", order).await;
        let (key, key_id) = (made["api_key"].as_str().unwrap(), made["key_id"].as_str().unwrap());
        assert!(
            first.check_with(&who, key, check(&token, "read_it")).await.unwrap().allows(),
            "it was good before"
        );
        // After the epoch and the API keys, before the root keys and the revocations.
        let mut barrier = Barrier::before(&pair, "capabilities.root_keys").await;
        let asked = ask(&pair, &who, key, &token);
        barrier.met().await;
        let (status, code) = match n % 3 {
            0 => {
                post(&pair, &who.key, "/v1/admin/revoke", json!({ "jti": jti })).await;
                (200, "credential.revoked")
            }
            1 => {
                let path = format!("/v1/admin/api-keys/{key_id}/revoke");
                post(&pair, &who.key, &path, json!({})).await;
                (401, "caller.unknown")
            }
            _ => {
                let path = format!("/v1/admin/tenants/{}/suspend", who.tenant);
                post(&pair, &platform, &path, json!({})).await;
                (403, "tenant.suspended")
            }
        };
        barrier.let_go().await;
        let said = asked.await.unwrap();
        assert_eq!((said.status, said.code()), (status, code), "{said:?}");
    }
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_of_what_changed_that_is_held_while_a_right_ends_elsewhere_never_allows() {
    let pair = Pair::start().await;
    let [first, second] = pair.doors();
    let who = Customer::many(&pair, 1).await.remove(0);
    let gate = format!("/v1/gates/{}/keypairs/rotate", who.gate);
    for _ in 0..5 {
        let (token, jti) = who.mint(&first, json!({})).await;
        assert!(second.check(&who, &token, "read_it").await.unwrap().allows());
        // What changed first is the gate; the load that reads it again is held there.
        post(&pair, &who.key, &gate, json!({})).await;
        let mut barrier = Barrier::before(&pair, "gates.gates").await;
        let asked = ask(&pair, &who, &who.key, &token);
        barrier.met().await;
        post(&pair, &who.key, "/v1/admin/revoke", json!({ "jti": jti })).await;
        barrier.let_go().await;
        let said = asked.await.unwrap();
        assert_eq!((said.status, said.code()), (200, "credential.revoked"), "{said:?}");
    }
    pair.end().await;
}
