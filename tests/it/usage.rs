//! What a tenant is told that it used is what its log holds: counted by two processes at once, of
//! which one is killed again and again.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::server::Server;

const ROUNDS: usize = 6;

/// One round of a gate's day: what leaves a record, and what leaves none.
async fn day(server: &Server, token: &str, round: usize) {
    let path = format!("/v1/gates/{}/check", server.ready.gate_id);
    let credential = json!({ "kind": "capability", "value": token });
    let ask = |body: Value| {
        let path = &path;
        async move {
            server.send("POST", path, &server.ready.api_key, Some(body)).await;
        }
    };
    let bodies = (0..60).map(|n| match n % 6 {
        0 | 1 => json!({ "action": "read_it", "credential": credential }),
        2 => json!({ "action": "delete_it", "credential": credential }),
        3 => json!({ "action": "read_it" }),
        // Three of these are one: the others are its repetitions.
        4 => json!({ "action": "read_it", "credential": credential,
            "idempotency_key": format!("{round} {}", n / 18) }),
        _ => json!({ "action": "read_it", "credential": credential, "dry_run": true }),
    });
    join_all(bodies.map(ask)).await;
    ask(json!({ "action": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_what_the_log_holds_however_often_who_counts_is_killed() {
    let database = gw_testkit::database().await;
    let first = Server::start(database.url()).await;
    let mut second = first.beside(&[("GATEWRIGHT__AUDIT__POLL_MS", "1")]).await;
    let token = first.mint(json!({ "tools": ["read_*"] })).await;
    for round in 0..ROUNDS {
        // The second is killed in the middle of what it counts.
        let served = async {
            day(&first, &token, round).await;
            day(&first, &token, round + ROUNDS).await;
        };
        let killed = async {
            day(&second, &token, round + 2 * ROUNDS).await;
            second.crash_and_restart().await;
        };
        tokio::join!(served, killed);
    }
    let owner = database.owner().await;
    let tenant: gw_kernel::TenantId = first.ready.tenant_id.parse().unwrap();
    for server in [&first, &second] {
        let key = &first.ready.api_key;
        let (status, usage) =
            server.send("GET", "/v1/admin/usage?by=decision,caller", key, None).await;
        assert_eq!(status, 200, "{usage}");
        assert_eq!(usage["counted_to"], usage["size"], "{usage}");
        let held: Vec<(String, String, i64)> = sqlx::query_as(
            "select r #>> '{data,decision}', r #>> '{data,caller,key_id}', count(*)
             from journal.entries
             cross join lateral (select convert_from(body, 'UTF8')::jsonb) as record (r)
             where tenant_id = $1 and kind = 'check.decided.v1'
             group by 1, 2 order by 1, 2",
        )
        .bind(tenant.uuid())
        .fetch_all(&owner)
        .await
        .unwrap();
        let held: Vec<Value> = held
            .iter()
            .map(|(decision, caller, count)| {
                json!({ "decision": decision, "caller": caller, "count": count })
            })
            .collect();
        assert_eq!(usage["decisions"], json!(held));
        let total: i64 = held.iter().map(|row| row["count"].as_i64().unwrap()).sum();
        // Of 61, ten are dry runs and one is no check; of ten under four keys, six are repetitions.
        assert_eq!(total, i64::try_from(ROUNDS).unwrap() * 3 * (40 + 4));
    }
    // Whoever counts from the beginning again needs none of the records: the lanes have said it all.
    let counts = "/v1/admin/usage?by=day,gate,decision,caller";
    let (_, before) = first.send("GET", counts, &first.ready.api_key, None).await;
    sqlx::raw_sql(
        "update journal.entries set body = null where kind = 'check.decided.v1';
         truncate audit.cursors, audit.decisions_by_day, audit.changes_by_day, audit.changes,
             audit.mentions, audit.objects;",
    )
    .execute(&owner)
    .await
    .unwrap();
    let (_, again) = first.send("GET", counts, &first.ready.api_key, None).await;
    assert_eq!(again["counted_to"], again["size"], "{again}");
    assert_eq!((&again["decisions"], &again["size"]), (&before["decisions"], &before["size"]));
}
