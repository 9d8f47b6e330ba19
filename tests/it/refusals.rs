//! What is refused is counted in the log, and the log verifies: a process as an operator starts it.

use gw_db::Role;
use gw_kernel::TenantId;
use serde_json::{Value, json};

use crate::{server::Server, tamper::reader};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_leaves_its_counts_in_logs_that_verify() {
    let database = gw_testkit::database().await;
    let mut server = Server::start(database.url()).await;
    let (key, tenant) = (server.ready.api_key.clone(), server.ready.tenant_id.clone());
    let limited = json!({ "name": "k", "scopes": ["checks:write"], "checks_per_minute": 1 });
    let (_, made) = server.send("POST", "/v1/admin/api-keys", &key, Some(limited)).await;
    let limited = made["api_key"].as_str().unwrap();
    let path = format!("/v1/gates/{}/check", server.ready.gate_id);
    let ask = async |key: &str, body: Value| server.send("POST", &path, key, Some(body)).await.0;
    assert_eq!(ask(&key, json!({})).await, 400);
    assert_eq!(ask("gw_nobody", json!({ "action": "x" })).await, 401);
    let answers = [(); 20].map(|()| json!({ "action": "x" }));
    let mut over = 0;
    for body in answers {
        over += u16::from(ask(limited, body).await == 429);
    }
    assert!(over > 0, "one a minute, and a few minutes at most have passed");
    assert_eq!(server.terminate(), Some(0));

    let db = reader(&database, &server, Role::Check).await;
    let owner = database.owner().await;
    for tenant in [tenant.parse::<TenantId>().unwrap(), TenantId::PLATFORM] {
        let sql = "select body from journal.entries
                   where tenant_id = $1 and kind = 'check.refused.v1' order by idx";
        let bodies: Vec<Vec<u8>> =
            sqlx::query_scalar(sql).bind(tenant.uuid()).fetch_all(&owner).await.unwrap();
        let said: Vec<Value> =
            bodies.iter().map(|body| serde_json::from_slice(body).unwrap()).collect();
        let codes: Vec<_> = said.iter().map(|it| it["data"]["code"].as_str().unwrap()).collect();
        if tenant == TenantId::PLATFORM {
            assert_eq!(codes, ["caller.unknown"]);
        } else {
            assert!(codes.contains(&"request.missing_member"), "{codes:?}");
            assert!(codes.contains(&"caller.rate_limited"), "{codes:?}");
        }
        let report = gw_audit::verify(&db, tenant, None, Vec::new(), &mut |_| {}).await.unwrap();
        assert!(report.size > 0, "{report:?}");
    }
}
