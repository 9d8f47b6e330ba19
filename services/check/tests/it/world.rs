//! A tenant with a gate and a root key, made the way the owning services make them: rows and the
//! entry that states them, in one transaction.

use std::time::Duration;

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use gw_check::Check;
use gw_contracts::{
    ApiKeyRevokedV1, ApiKeyRotatedV1, CapabilityRevokedV1, CapabilityRootKeyCreatedV1,
    GateCreatedV1, GateKeypair, GateKeypairRotatedV1, LogKey, LogKeyRotatedV1, SigningKeypair,
    TenantResumedV1, TenantSuspendedV1,
};
use gw_credentials::capability::{Claims, NewCaveat, mint, new_jti};
use gw_crypto::keys::SigningKey;
use gw_db::{Role, TenantTx};
use gw_kernel::{
    ApiKeyId, Clock as _, Epoch, GateId, KeypairId, LogKeyId, RevocationId, RootKeyId, ScopeSet,
};
use gw_runtime::Service as _;
use gw_testkit::{App, Database, TestTenant};
use gw_web::Registry;
use http::{HeaderMap, Request, StatusCode};
use rand::Rng as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) struct World {
    pub(crate) db: Database,
    pub(crate) app: App,
    pub(crate) tenant: TestTenant,
    pub(crate) gate: GateId,
    pub(crate) kid: RootKeyId,
    pub(crate) root: [u8; 32],
}

pub(crate) async fn world() -> World {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    World::with(db, tenant).await
}

/// A world whose gate is in this mode.
pub(crate) async fn in_mode(mode: &str) -> World {
    let world = world().await;
    let sql = "update gates.gates set mode = $1";
    sqlx::query(sql).bind(mode).execute(&world.db.owner().await).await.unwrap();
    world
}

impl World {
    /// A second tenant, or a second replica, on the same database.
    pub(crate) async fn with(db: Database, tenant: TestTenant) -> Self {
        let app = gw_testkit::app::<Check>(&db).await;
        let (kid, root) = (db.new_id(), random());
        let mut world =
            Self { db, app, tenant, gate: GateId::at(Default::default(), [0; 10]), kid, root };
        world.gate = world.add_gate(Some("gate_front"), "L1", "each").await;
        world.add_root_key().await;
        world
    }

    pub(crate) async fn change(&self, role: Role) -> TenantTx {
        self.db.db(role).await.tenant(&self.tenant.identity()).await.unwrap()
    }

    pub(crate) async fn add_gate(
        &self,
        slug: Option<&str>,
        profile: &str,
        signing: &str,
    ) -> GateId {
        let (gate, key, seed): (GateId, KeypairId, _) =
            (self.db.new_id(), self.db.new_id(), random());
        let public = SigningKey::from_seed(seed).public();
        let mut tx = self.change(Role::Gates).await;
        let aad = format!("tenant:{}:gate-key:{key}", self.tenant.id);
        let sealed = tx.data_key().await.unwrap().seal(random(), &aad, &seed);
        sqlx::query(
            "insert into gates.gates (id, slug, name, profile, mode, signing, is_discoverable, state,
                 created_at, updated_at, created_by_kind, created_by_id)
             values ($1, $2, 'Front', $3, 'enforce', $4, false, 'active', $5, $5, 'machine', 'test')",
        )
        .bind(gate.uuid()).bind(slug).bind(profile).bind(signing).bind(tx.now())
        .execute(tx.conn()).await.unwrap();
        sqlx::query(
            "insert into gates.keypairs (id, gate_id, state, public_key, sealed, created_at)
             values ($1, $2, 'active', $3, $4, $5)",
        )
        .bind(key.uuid())
        .bind(gate.uuid())
        .bind(public.as_bytes().as_slice())
        .bind(sealed)
        .bind(tx.now())
        .execute(tx.conn())
        .await
        .unwrap();
        tx.record(GateCreatedV1 {
            gate_id: gate,
            slug: slug.map(str::to_owned),
            name: "Front".to_owned(),
            description: None,
            security_profile: profile.to_owned(),
            mode: "enforce".to_owned(),
            signing: signing.to_owned(),
            is_discoverable: false,
            state: "active".to_owned(),
            keypairs: vec![GateKeypair {
                key_id: key,
                state: "active".to_owned(),
                public_key: STANDARD.encode(public.as_bytes()),
            }],
        })
        .unwrap();
        tx.commit().await.unwrap();
        gate
    }

    async fn add_root_key(&self) {
        let mut tx = self.change(Role::Capabilities).await;
        let aad = format!("tenant:{}:capability-root:{}", self.tenant.id, self.kid);
        let sealed = tx.data_key().await.unwrap().seal(random(), &aad, &self.root);
        sqlx::query("insert into capabilities.root_keys (id, state, sealed, created_at) values ($1, 'active', $2, $3)")
            .bind(self.kid.uuid()).bind(sealed).bind(tx.now())
            .execute(tx.conn()).await.unwrap();
        let (kid, state) = (self.kid, "active".to_owned());
        tx.record(CapabilityRootKeyCreatedV1 { kid, state, statement_key: None }).unwrap();
        tx.commit().await.unwrap();
    }

    /// A token for `agent-1`, and its id.
    pub(crate) fn mint(&self, caveats: &[NewCaveat]) -> (String, String) {
        let now = self.db.clock.now();
        let jti = new_jti(now, random());
        let claims = Claims {
            jti: jti.clone(),
            root_jti: jti.clone(),
            iss: "gatewright".to_owned(),
            tenant: self.tenant.id.to_string(),
            zone: "default".to_owned(),
            sub: "agent-1".to_owned(),
            iat: now.timestamp(),
            nbf: 0,
        };
        (mint(&self.root, &claims, caveats, self.kid), jti)
    }

    pub(crate) fn token(&self, caveats: &[NewCaveat]) -> String {
        self.mint(caveats).0
    }

    /// Revokes a capability without committing yet.
    pub(crate) async fn revoking(&self, jti: &str) -> TenantTx {
        let id: RevocationId = self.db.new_id();
        let mut tx = self.change(Role::Capabilities).await;
        sqlx::query(
            "insert into capabilities.revocations
                 (kind, selected, id, revocation_id, revoked_at, revoked_by_kind, revoked_by_id)
             values ('jti', $1, $2, $2, $3, 'machine', 'test')",
        )
        .bind(jti)
        .bind(id.uuid())
        .bind(tx.now())
        .execute(tx.conn())
        .await
        .unwrap();
        let revoked_at = tx.now();
        tx.record(revoked(id, jti, revoked_at)).unwrap();
        tx
    }

    pub(crate) async fn revoke(&self, jti: &str) -> Epoch {
        self.revoking(jti).await.commit().await.unwrap()
    }

    pub(crate) async fn set_tenant_state(&self, state: &str) {
        let (tenant_id, reason) = (self.tenant.id, None);
        let mut tx = self.change(Role::Tenants).await;
        sqlx::query("update tenants.tenants set state = $1")
            .bind(state)
            .execute(tx.conn())
            .await
            .unwrap();
        let state = state.to_owned();
        match state.as_str() {
            "active" => tx.record(TenantResumedV1 { tenant_id, state, reason }),
            _ => tx.record(TenantSuspendedV1 { tenant_id, state, reason }),
        }
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn revoke_key(&self, key_id: ApiKeyId) {
        let mut tx = self.change(Role::Tenants).await;
        let revoked_at = tx.now();
        sqlx::query("update tenants.api_keys set revoked_at = $1 where key_id = $2")
            .bind(revoked_at)
            .bind(key_id.uuid())
            .execute(tx.conn())
            .await
            .unwrap();
        let state = "revoked".to_owned();
        tx.record(ApiKeyRevokedV1 { key_id, state, revoked_at, reason: None }).unwrap();
        tx.commit().await.unwrap();
    }

    /// Gives a gate a new key pair, as its service does; the key pair's first position.
    pub(crate) async fn rotate_keypair(&self, gate: GateId) -> i64 {
        let (key, seed): (KeypairId, _) = (self.db.new_id(), random());
        let mut tx = self.change(Role::Gates).await;
        let aad = format!("tenant:{}:gate-key:{key}", self.tenant.id);
        let sealed = tx.data_key().await.unwrap().seal(random(), &aad, &seed);
        let old: Uuid = sqlx::query_scalar(
            "select id from gates.keypairs where gate_id = $1 and state = 'active' for update",
        )
        .bind(gate.uuid())
        .fetch_one(tx.conn())
        .await
        .unwrap();
        let from = tx.hold().await.unwrap().next_position + 1;
        sqlx::query("update gates.keypairs set state = 'retired', signs_until = $2 where id = $1")
            .bind(old)
            .bind(from)
            .execute(tx.conn())
            .await
            .unwrap();
        sqlx::query(
            "insert into gates.keypairs (id, gate_id, state, public_key, sealed, signs_from, created_at)
             values ($1, $2, 'active', $3, $4, $5, $6)",
        )
        .bind(key.uuid())
        .bind(gate.uuid())
        .bind(SigningKey::from_seed(seed).public().as_bytes().as_slice())
        .bind(sealed)
        .bind(from)
        .bind(tx.now())
        .execute(tx.conn())
        .await
        .unwrap();
        let keypair = |key_id, state: &str, signs_from, signs_until| SigningKeypair {
            key_id,
            state: state.to_owned(),
            public_key: String::new(),
            signs_from,
            signs_until,
            retires_at: None,
        };
        tx.record(GateKeypairRotatedV1 {
            gate_id: gate,
            active: keypair(key, "active", from, None),
            previous: keypair(KeypairId::from_uuid(old), "retired", 0, Some(from)),
        })
        .unwrap();
        assert_eq!(tx.commit().await.unwrap(), Epoch(from));
        from
    }

    /// Gives the log a new key, as its service does; the first size that it signs.
    pub(crate) async fn rotate_log_key(&self) -> i64 {
        let (key, seed): (LogKeyId, _) = (self.db.new_id(), random());
        let tenant_id = self.tenant.id;
        let mut tx = self.change(Role::Tenants).await;
        let aad = format!("tenant:{tenant_id}:log:{key}");
        let sealed = tx.data_key().await.unwrap().seal(random(), &aad, &seed);
        let from = tx.hold().await.unwrap().next_position + 1;
        sqlx::query(
            "update tenants.log_keys set state = 'retired', signs_until = $1 where state = 'active'",
        )
        .bind(from)
        .execute(tx.conn())
        .await
        .unwrap();
        let origin = format!("gatewright.localhost/log/{tenant_id}");
        sqlx::query(
            "insert into tenants.log_keys (key_id, origin, public_key, sealed, signs_from, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(key.uuid())
        .bind(&origin)
        .bind(SigningKey::from_seed(seed).public().as_bytes().as_slice())
        .bind(sealed)
        .bind(from)
        .bind(tx.now())
        .execute(tx.conn())
        .await
        .unwrap();
        let part = LogKey { key_id: key, vkey: String::new(), signs_from: from, signs_until: None };
        let (active, previous) = (part.clone(), part);
        tx.record(LogKeyRotatedV1 { tenant_id, log_origin: origin, active, previous }).unwrap();
        assert_eq!(tx.commit().await.unwrap(), Epoch(from));
        from
    }

    /// Gives the tenant's own API key another secret; the new key's text.
    pub(crate) async fn rotate_api_key(&self, overlap: TimeDelta) -> String {
        let tenant = self.tenant.id;
        let (text, sha256, _) = gw_web::api_key::generate(Some(tenant), self.tenant.key, random());
        let mut tx = self.change(Role::Tenants).await;
        let (rotated_at, until) = (tx.now(), tx.now() + overlap);
        sqlx::query(
            "update tenants.api_keys set previous_sha256 = secret_sha256, previous_until = $3,
                 secret_sha256 = $2 where key_id = $1",
        )
        .bind(self.tenant.key.uuid())
        .bind(sha256.as_slice())
        .bind(until)
        .execute(tx.conn())
        .await
        .unwrap();
        tx.record(ApiKeyRotatedV1 {
            key_id: self.tenant.key,
            rotated_at,
            previous_until: Some(until),
            scopes: ScopeSet::default(),
            gates: None,
            checks_per_minute: None,
            expires_at: None,
            state: "active".to_owned(),
            reason: None,
        })
        .unwrap();
        tx.commit().await.unwrap();
        text.expose_secret().to_owned()
    }

    pub(crate) fn path(&self) -> String {
        format!("/v1/gates/{}/check", self.gate)
    }

    /// Asks the gate with the tenant's key.
    pub(crate) async fn ask(&self, body: Value) -> (StatusCode, Value) {
        let (status, answer) = self.app.post(&self.path(), &self.tenant.api_key, body).await;
        let explained = Registry::new(&[Check::problems()]);
        let code = answer["code"].as_str().unwrap_or_default();
        assert!(explained.get(code).is_some(), "nothing explains {code:?}");
        (status, answer)
    }

    /// Asks for `api:search` with this token.
    pub(crate) async fn ask_with(&self, token: &str) -> (StatusCode, Value) {
        self.ask(search(token)).await
    }

    /// Asks with these headers besides.
    pub(crate) async fn ask_headed(
        &self,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, Value, HeaderMap) {
        let mut request = Request::post(self.path())
            .header("authorization", format!("Bearer {}", self.tenant.api_key));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.app.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status(), body, answer.headers().clone())
    }

    /// What the agent with this token hears from MCP; the body need not be JSON.
    pub(crate) async fn rpc(&self, token: &str, body: impl Into<Vec<u8>>) -> (StatusCode, Value) {
        self.app.post_bytes("/v1/mcp", token, body).await
    }

    /// What it hears when it calls a tool.
    pub(crate) async fn call(&self, token: &str, tool: &str) -> Value {
        let (status, answer) = self.rpc(token, call(tool).to_string()).await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        answer
    }

    /// The newest entry in the tenant's log, counts of refusals apart.
    pub(crate) async fn newest(&self) -> Value {
        let body: Vec<u8> = sqlx::query_scalar(
            "select body from journal.entries
             where tenant_id = $1 and kind <> 'check.refused.v1' order by idx desc limit 1",
        )
        .bind(self.tenant.id.uuid())
        .fetch_one(&self.db.owner().await)
        .await
        .unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Waits until so many connections to this database wait for a lock.
    pub(crate) async fn lock_waiters(&self, wanted: i64) {
        let owner = self.db.owner().await;
        for _ in 0..200 {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_one(&owner)
            .await
            .unwrap();
            if waiting >= wanted {
                return assert_eq!(waiting, wanted);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{wanted} connections should wait for a lock");
    }

    /// How many entries the tenant's log has, counts of refusals apart.
    pub(crate) async fn entries(&self) -> i64 {
        sqlx::query_scalar(
            "select count(*) from journal.entries
             where tenant_id = $1 and kind <> 'check.refused.v1'",
        )
        .bind(self.tenant.id.uuid())
        .fetch_one(&self.db.owner().await)
        .await
        .unwrap()
    }
}

pub(crate) fn search(token: &str) -> Value {
    json!({"action": "api:search", "credential": {"kind": "capability", "value": token}})
}

pub(crate) fn call(tool: &str) -> Value {
    let params = json!({"name": tool, "arguments": {"id": "secret-argument"}});
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// The fact that one token is refused.
pub(crate) fn revoked(
    revocation_id: RevocationId,
    jti: &str,
    revoked_at: DateTime<Utc>,
) -> CapabilityRevokedV1 {
    CapabilityRevokedV1 {
        revocation_id,
        jtis: vec![jti.to_owned()],
        root_jtis: Vec::new(),
        hop_ids: Vec::new(),
        subjects: Vec::new(),
        until_epoch: None,
        revoked_at,
        reason: None,
    }
}
