//! Capabilities through the front door: the service's router, over Postgres, as the role
//! `gw_capabilities`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod counts;
mod first_mint;
mod growth;
mod isolation;
mod mint;
mod refused;
mod repeats;
mod revocations;
mod revoke;
mod root_keys;

use gw_credentials::capability::{Capability, Verified};
use gw_db::Role;
use gw_kernel::RootKeyId;
use gw_testkit::{Database, TestTenant};

/// Reads the token as a gate of this tenant would: under the tenant's root key.
async fn verified(db: &Database, tenant: &TestTenant, token: &str) -> Option<Verified> {
    let (id, sealed): (uuid::Uuid, Vec<u8>) =
        sqlx::query_as("select id, sealed from capabilities.root_keys where tenant_id = $1")
            .bind(tenant.id.uuid())
            .fetch_one(&db.owner().await)
            .await
            .unwrap();
    let service = db.db(Role::Capabilities).await;
    let data_key = service.tenant(&tenant.identity()).await.unwrap().data_key().await.unwrap();
    let place = format!("tenant:{}:capability-root:{}", tenant.id, RootKeyId::from_uuid(id));
    let root: [u8; 32] = data_key.open(&place, &sealed).unwrap().as_slice().try_into().unwrap();
    Capability::decode(token).unwrap().verify(&root).ok()
}

/// The kinds of the entries of a tenant's log, oldest first.
async fn log(db: &Database, tenant: &TestTenant) -> Vec<String> {
    sqlx::query_scalar("select kind from journal.entries where tenant_id = $1 order by idx")
        .bind(tenant.id.uuid())
        .fetch_all(&db.owner().await)
        .await
        .unwrap()
}
