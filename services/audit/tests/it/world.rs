//! A tenant whose log the owning services' roles write: the entries alone, which is all that is read.

use gw_audit::{Audit, AuditConfig};
use gw_contracts::{ApiKeyCreatedV1, Event, GateCreatedV1, GateKeypair};
use gw_db::{Role, TenantTx};
use gw_kernel::{ApiKeyId, Epoch, GateId, KeypairId, OperatorId, Scope, ScopeSet};
use gw_testkit::{App, Database, TestTenant};
use http::StatusCode;
use serde_json::Value;

/// Nobody looks by himself whether the log has grown.
pub(crate) const NEVER: u64 = 3_600_000;

pub(crate) struct World {
    pub(crate) db: Database,
    pub(crate) app: App,
    pub(crate) tenant: TestTenant,
}

impl World {
    pub(crate) async fn new() -> Self {
        let db = gw_testkit::database().await;
        let tenant = db.tenant("acme").await;
        let app = follower(&db, NEVER).await;
        Self { db, app, tenant }
    }

    /// A transaction of the tenant's own key, in the role of the service that owns a thing.
    pub(crate) async fn change(&self, role: Role) -> TenantTx {
        self.db.db(role).await.tenant(&self.tenant.identity()).await.unwrap()
    }

    /// One entry.
    pub(crate) async fn record<E: Event>(&self, role: Role, event: E) -> Epoch {
        let mut tx = self.change(role).await;
        tx.record(event).unwrap();
        tx.commit().await.unwrap()
    }

    /// A gate with this name, and the entry that says so.
    pub(crate) async fn gate(&self, slug: &str) -> GateId {
        let (gate, key): (GateId, KeypairId) = (self.db.new_id(), self.db.new_id());
        let mut tx = self.change(Role::Gates).await;
        sqlx::query(
            "insert into gates.gates (id, slug, name, profile, mode, signing, is_discoverable, state,
                 created_at, updated_at, created_by_kind, created_by_id)
             values ($1, $2, 'Front', 'L1', 'enforce', 'each', false, 'active', $3, $3, 'machine', 'test')",
        )
        .bind(gate.uuid())
        .bind(slug)
        .bind(tx.now())
        .execute(tx.conn())
        .await
        .unwrap();
        tx.record(GateCreatedV1 {
            gate_id: gate,
            slug: Some(slug.to_owned()),
            name: "Front".to_owned(),
            description: None,
            security_profile: "L1".to_owned(),
            mode: "enforce".to_owned(),
            signing: "each".to_owned(),
            is_discoverable: false,
            state: "active".to_owned(),
            keypairs: vec![GateKeypair {
                key_id: key,
                state: "active".to_owned(),
                public_key: "p".to_owned(),
            }],
        })
        .unwrap();
        tx.commit().await.unwrap();
        gate
    }

    pub(crate) async fn key_created(&self, operator_id: Option<OperatorId>) -> ApiKeyId {
        let key_id = self.db.new_id();
        let created = ApiKeyCreatedV1 {
            key_id,
            name: "machine".to_owned(),
            scopes: ScopeSet::from_iter([Scope::GatesRead]),
            gates: None,
            operator_id,
            checks_per_minute: None,
            expires_at: None,
            state: "active".to_owned(),
        };
        self.record(Role::Tenants, created).await;
        key_id
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.app.get(path, &self.tenant.api_key).await
    }

    /// A history, which is there.
    pub(crate) async fn history(&self, path: &str) -> Value {
        let (status, history) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {history}");
        assert_eq!(history["known_to"], history["size"], "{path}");
        history
    }
}

/// Another process of the service, which looks this often whether logs have grown.
pub(crate) async fn follower(db: &Database, poll_ms: u64) -> App {
    App::build::<Audit>(db, AuditConfig { poll_ms }).await
}

/// What happened, newest first.
pub(crate) fn kinds(history: &Value) -> Vec<&str> {
    let items = history["items"].as_array().unwrap().iter();
    items.map(|item| item["type"].as_str().unwrap()).collect()
}
