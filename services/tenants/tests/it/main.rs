//! Tenants, operators and keys through the front door: the service's router, over Postgres, as the
//! role `gw_tenants`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod api_keys;
mod bootstrap;
mod counts;
mod grants;
mod isolation;
mod keys;
mod kill_switches;
mod limits;
mod operator_changes;
mod operators;
mod repeated;
mod repeats;
mod revoke_keys;
mod rotation;
mod tenants;
mod update;

use gw_kernel::TenantId;
use gw_testkit::Database;
use serde_json::Value;

/// What the tenant's log holds, oldest first: each entry's type and data.
async fn log(db: &Database, tenant: TenantId) -> Vec<(String, Value)> {
    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar("select body from journal.entries where tenant_id = $1 order by idx")
            .bind(tenant.uuid())
            .fetch_all(&db.owner().await)
            .await
            .unwrap();
    let parse = |body: Vec<u8>| {
        let mut event: Value = serde_json::from_slice(&body).unwrap();
        (event["type"].as_str().unwrap().to_owned(), event["data"].take())
    };
    bodies.into_iter().map(parse).collect()
}

/// The types of what the tenant's log holds, oldest first.
async fn kinds(db: &Database, tenant: TenantId) -> Vec<String> {
    log(db, tenant).await.into_iter().map(|(kind, _)| kind).collect()
}

/// A member that is text.
fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

/// The id of the tenant in an answer.
fn tenant_id(value: &Value) -> TenantId {
    text(value, "tenant_id").parse().unwrap()
}

/// A problem without what differs from request to request.
fn unrelated(mut problem: Value) -> Value {
    problem.as_object_mut().unwrap().remove("request_id");
    problem
}
