//! A tenant whose log the owning services' roles write: the entries alone, which is all that is read.

use std::borrow::Cow;

use chrono::NaiveDate;
use gw_audit::{Audit, AuditConfig};
use gw_contracts::{
    ApiKeyCreatedV1, Basis, CallerRef, CheckDecidedV1, CheckInputs, Counted, CountedCaller, Event,
    GateCreatedV1, GateKeypair, Tally,
};
use gw_db::{Role, TenantTx};
use gw_kernel::{
    ApiKeyId, Clock as _, DecisionId, Epoch, GateId, KeypairId, OperatorId, Scope, ScopeSet,
};
use gw_testkit::{App, Database, TestTenant};
use http::StatusCode;
use serde_json::{Value, json};
use sqlx::PgConnection;

/// Nobody looks by himself whether the log has grown.
pub(crate) const NEVER: u64 = 3_600_000;

/// A decision, and the key of whoever asked; an agent that asked itself has none.
pub(crate) type Made = (&'static str, Option<ApiKeyId>);

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

    /// Decisions of a gate, each for a caller's key or for an agent that asked itself, in a batch
    /// that does not say what they count as: as releases wrote it that knew of no tallies.
    pub(crate) async fn decide(&self, gate: GateId, made: &[Made]) {
        let mut tx = self.change(Role::Check).await;
        self.append(tx.conn(), gate, made).await;
        // As lanes do: these are no facts of a use case's.
        sqlx::query("commit").execute(tx.conn()).await.unwrap();
    }

    /// The same in a batch that says it.
    pub(crate) async fn decide_tallied(&self, gate: GateId, made: &[Made]) {
        self.decide_under(gate, made, &tally(gate, made)).await;
    }

    /// The same in a batch that says this.
    pub(crate) async fn decide_under(&self, gate: GateId, made: &[Made], tally: &str) {
        let mut tx = self.db.owner().await.begin().await.unwrap();
        let bind = sqlx::query("select set_config('gw.tenant_id', $1, true)");
        bind.bind(self.tenant.id.uuid().to_string()).execute(&mut *tx).await.unwrap();
        self.append(&mut tx, gate, made).await;
        let newest = "update journal.batches set tally = $2::jsonb where tenant_id = $1
            and prev = (select max(prev) from journal.batches where tenant_id = $1)";
        let newest = sqlx::query(newest).bind(self.tenant.id.uuid()).bind(tally);
        newest.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn append(&self, conn: &mut PgConnection, gate: GateId, made: &[Made]) {
        let now = self.db.clock.now();
        let (mut ids, mut bodies) = (Vec::new(), Vec::new());
        for (decision, key) in made {
            let id: DecisionId = self.db.new_id();
            bodies.push(self.record_of(gate, decision, *key).to_record(id, now).unwrap());
            ids.push(id.uuid());
        }
        let append = "select journal.append(array(
            select row (id, 'check.decided.v1', $1, false, body)::journal.new_entry
            from unnest($2::uuid[], $3::bytea[]) as made (id, body)))";
        let append = sqlx::query(append).bind(gate.uuid()).bind(ids).bind(bodies);
        append.execute(conn).await.unwrap();
    }

    fn record_of(
        &self,
        gate: GateId,
        decision: &str,
        key: Option<ApiKeyId>,
    ) -> CheckDecidedV1<'static> {
        let kind = if key.is_some() { "machine" } else { "agent" };
        CheckDecidedV1 {
            v: 1,
            tenant_id: self.tenant.id,
            gate_id: gate,
            decision: decision.to_owned().into(),
            reason_code: "ok".into(),
            mode: "enforce".into(),
            would: None,
            kill_switch: None,
            // What callers say is not what was decided.
            action: "\"decision\":\"allow\"".into(),
            target: None,
            agent_id: None,
            access_mode: "none".into(),
            principal: None,
            inputs: CheckInputs {
                now: String::new(),
                gate: None,
                presented: None,
                caveats: Cow::default(),
                context: Some(Cow::Owned(
                    json!({ "decision": "block", "caller": { "kind": "x" } }),
                )),
                taken: Cow::default(),
            },
            caller: CallerRef {
                kind: kind.into(),
                key_id: key.map(|key| key.to_string()),
                credential_id: None,
            },
            arguments_hmac: None,
            idempotency_key_sha256: None,
            cost_cents: None,
            checks: Vec::new(),
            basis: Basis { epoch: Epoch(0), engine: "1".into(), key_id: self.db.new_id() },
        }
    }

    /// The day of the log.
    pub(crate) async fn today(&self) -> NaiveDate {
        let today = sqlx::query_scalar("select (clock_timestamp() at time zone 'UTC')::date");
        today.fetch_one(&self.db.owner().await).await.unwrap()
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
    App::build::<Audit>(db, AuditConfig { poll_ms, ..AuditConfig::default() }).await
}

/// Another process of the service, which follows no log, and forgets what may be forgotten at once.
pub(crate) async fn forgetter(db: &Database) -> App {
    App::build::<Audit>(db, AuditConfig { poll_ms: NEVER, retention_poll_ms: 10 }).await
}

/// What lanes write beside these decisions of a gate.
pub(crate) fn tally(gate: GateId, made: &[Made]) -> String {
    let mut tally = Tally::default();
    for (decision, key) in made {
        let caller = key.map_or(CountedCaller::Agent, CountedCaller::Key);
        tally.add(Counted { gate, decision, caller });
    }
    tally.to_json()
}

/// What happened, newest first.
pub(crate) fn kinds(history: &Value) -> Vec<&str> {
    let items = history["items"].as_array().unwrap().iter();
    items.map(|item| item["type"].as_str().unwrap()).collect()
}
