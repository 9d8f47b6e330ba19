//! What a revocation costs is what is in it, however much was revoked before; also where the plans
//! that a connection keeps, and what the database believes, are from when there was next to nothing.

use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_capabilities::Capabilities;
use gw_kernel::Clock as _;
use gw_testkit::{App, Database, TestTenant};
use serde_json::{Value, json};

const BEFORE: i64 = 100_000;

/// A tenant with a handful of revocations, as the database knows, and an app that has revoked often
/// enough for each of its statements to have a plan that is kept.
async fn little(db: &Database) -> (TestTenant, App) {
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(db).await;
    revoke(&app, &tenant, json!({ "jti": "first" })).await;
    let analyze = "analyze capabilities.revocations, capabilities.endings";
    sqlx::query(analyze).execute(&db.owner().await).await.unwrap();
    for n in 0..12 {
        let order = json!({ "jtis": ["first", format!("early-{n}")], "subject": "agent-x" });
        revoke(&app, &tenant, order).await;
    }
    (tenant, app)
}

/// As many revocations of tokens and of agents as there are together, a fifth of the tokens having
/// ended; and as many tokens that may yet be revoked.
async fn much(db: &Database, tenant: &TestTenant) {
    let owner = db.owner().await;
    let revocations = "insert into capabilities.revocations (tenant_id, id, kind, selected,
             revocation_id, until_epoch, expires_at, revoked_at, revoked_by_kind, revoked_by_id)
         select $1, gen_random_uuid(), kind, kind || '-' || n, gen_random_uuid(),
             case when kind = 'subject' then 0 end,
             case when kind = 'jti' then $3 + n % 5 * interval '1 day' end, $3, 'machine', 'test'
         from generate_series(1, $2 / 2) n, unnest(array['jti', 'subject']) kind";
    let endings = "insert into capabilities.endings (tenant_id, jti, expires_at)
         select $1, 'new-' || n, $3 + interval '1 day' from generate_series(1, $2) n";
    let yesterday = db.clock.now() - TimeDelta::days(1);
    for sql in [revocations, endings] {
        sqlx::query(sql)
            .bind(tenant.id.uuid())
            .bind(BEFORE)
            .bind(yesterday)
            .execute(&owner)
            .await
            .unwrap();
    }
}

async fn revoke(app: &App, tenant: &TestTenant, order: Value) -> Value {
    let (status, answer) = app.post("/v1/admin/revoke", &tenant.api_key, order).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// `kind-from` to `kind-to`.
fn names(kind: &str, from: usize, to: usize) -> Vec<String> {
    (from..=to).map(|n| format!("{kind}-{n}")).collect()
}

#[tokio::test]
async fn revoking_costs_what_is_revoked_however_much_was_before() {
    let db = gw_testkit::database().await;
    let (tenant, app) = little(&db).await;
    much(&db, &tenant).await;
    for order in [
        json!({ "jtis": names("new", 1, 1000) }),
        json!({ "jtis": names("jti", 1, 1000) }),
        json!({ "jtis": names("new", 501, 1499), "subject": "subject-7" }),
        json!({ "subject": "subject-7", "root_jti": "new-1", "hop_id": "new-1" }),
    ] {
        revoke(&app, &tenant, order).await;
    }
    // Each is looked for once where it may be, kept once where it is new, and found once where it
    // is not; and a thousand are forgotten each time.
    let rows = db.rows_read("capabilities.revocations").await;
    assert!(rows < 30_000, "{rows} rows were read");
    let endings = db.rows_read("capabilities.endings").await;
    assert!(endings < 10_000, "{endings} endings were read");
}
