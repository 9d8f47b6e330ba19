//! A tenant cannot see another; and the suite that says so goes red when the wall is taken away.

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::server::Server;

/// A tenant of the running product, with something of every kind.
struct Tenant {
    key: String,
    gate: String,
    decision: String,
    jti: String,
    api_key_id: String,
}

impl Tenant {
    /// Everything that another tenant must never be shown.
    fn secrets(&self) -> [&str; 4] {
        [&self.gate, &self.decision, &self.jti, &self.api_key_id]
    }
}

async fn make(server: &Server, name: &str) -> Tenant {
    let platform = &server.ready.platform_key;
    let (_, made) =
        server.send("POST", "/v1/admin/tenants", platform, Some(json!({ "name": name }))).await;
    let key = made["api_key"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let post = async |path: &str, body: Value| server.send("POST", path, &key, Some(body)).await.1;
    let gate = post("/v1/gates", json!({ "name": name })).await["id"].as_str().unwrap().to_owned();
    let minted = post("/v1/admin/mint", json!({ "subject": "agent-x" })).await;
    let credential = json!({ "kind": "capability", "value": minted["token"] });
    let body = json!({ "action": "read_it", "credential": credential });
    let decided = post(&format!("/v1/gates/{gate}/check"), body).await;
    assert_eq!(decided["decision"], "allow", "{decided}");
    let jti = minted["jti"].as_str().unwrap().to_owned();
    post("/v1/admin/revoke", json!({ "jti": jti })).await;
    let api_key =
        post("/v1/admin/api-keys", json!({ "name": name, "scopes": ["gates:read"] })).await;
    Tenant {
        gate,
        jti,
        decision: decided["decision_id"].as_str().unwrap().to_owned(),
        api_key_id: api_key["key_id"].as_str().unwrap().to_owned(),
        key,
    }
}

/// What `stranger` sees of `owner`, and what it no longer sees of its own.
async fn breaches(server: &Server, owner: &Tenant, stranger: &Tenant) -> Vec<String> {
    let mut breaches = Vec::new();
    for (list, own) in [
        ("/v1/gates".to_owned(), Some(&stranger.gate)),
        ("/v1/admin/api-keys".to_owned(), Some(&stranger.api_key_id)),
        ("/v1/admin/revocations".to_owned(), Some(&stranger.jti)),
        ("/v1/admin/tenants".to_owned(), None),
        ("/v1/admin/operators".to_owned(), None),
        (format!("/v1/gates/{}/attestations", stranger.gate), Some(&stranger.decision)),
    ] {
        let (status, body) = server.send("GET", &list, &stranger.key, None).await;
        let text = body.to_string();
        if status != 200 || own.is_some_and(|own| !text.contains(own.as_str())) {
            breaches.push(format!("{list} hides the caller's own: {status}"));
        }
        let shown = owner.secrets().into_iter().filter(|secret| text.contains(secret));
        breaches.extend(shown.map(|secret| format!("{list} shows {secret}")));
    }
    for (method, path) in [
        ("GET", format!("/v1/gates/{}", owner.gate)),
        ("GET", format!("/v1/gates/{}/attestations", owner.gate)),
        ("GET", format!("/v1/gates/{}/keypairs", owner.gate)),
        ("GET", format!("/v1/admin/decisions/{}", owner.decision)),
        ("POST", format!("/v1/admin/api-keys/{}/revoke", owner.api_key_id)),
    ] {
        let body = (method == "POST").then(|| json!({}));
        let (status, body) = server.send(method, &path, &stranger.key, body).await;
        if status != 404 {
            breaches.push(format!("{method} {path} answers {status}: {body}"));
        }
    }
    breaches
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_nothing_of_another_until_the_wall_is_taken_away() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let (owner, stranger) = (make(&server, "owner").await, make(&server, "stranger").await);
    assert_eq!(breaches(&server, &owner, &stranger).await, [""; 0]);
    assert_eq!(breaches(&server, &stranger, &owner).await, [""; 0]);

    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let walled = sqlx::query(
        "select c.oid::regclass::text as walled, p.polname::text as policy
         from pg_class c join pg_policy p on p.polrelid = c.oid",
    );
    let walled = walled.fetch_all(&mut connection).await.unwrap();
    assert!(walled.len() > 10);
    for row in walled {
        let (table, policy): (String, String) = (row.get("walled"), row.get("policy"));
        let sql = format!(
            "drop policy {policy} on {table}; alter table {table} disable row level security"
        );
        connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
    }
    let seen = breaches(&server, &owner, &stranger).await;
    assert!(seen.len() > 3, "the suite cannot fail: {seen:?}");
}
