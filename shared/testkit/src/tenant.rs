use gw_crypto::{keys::SigningKey, seal::DataKey};
use gw_kernel::{
    Actor, ActorKind, ApiKeyId, Clock, Id, IdKind, Identity, LogKeyId, Scope, ScopeSet, TenantId,
};
use rand::Rng;
use secrecy::ExposeSecret;

use crate::Database;

/// A tenant with a machine's key that may do everything.
#[derive(Debug, Clone)]
pub struct TestTenant {
    /// The tenant.
    pub id: TenantId,
    /// The key's id.
    pub key: ApiKeyId,
    /// What stands behind `Bearer`.
    pub api_key: String,
}

impl TestTenant {
    /// Who acts when this tenant's key is used.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let id = self.key.to_string();
        let actor = Actor { kind: ActorKind::Machine, id, key_id: Some(self.key) };
        Identity { tenant: self.id, actor }
    }
}

impl Database {
    /// Makes a tenant as production leaves one behind: rows, data key, log key, first API key.
    ///
    /// # Panics
    /// When the name is taken.
    pub async fn tenant(&self, name: &str) -> TestTenant {
        let id: TenantId = self.new_id();
        self.insert_tenant(id, name).await;
        let (key, api_key) = self.api_key(id, &ScopeSet::from_iter([Scope::All]), "machine").await;
        TestTenant { id, key, api_key }
    }

    /// The platform's own tenant, and a platform key.
    ///
    /// # Panics
    /// When it was made before.
    pub async fn platform(&self) -> TestTenant {
        self.insert_tenant(TenantId::PLATFORM, "platform").await;
        let scopes = ScopeSet::from_iter([Scope::All]);
        let (key, api_key) = self.api_key(TenantId::PLATFORM, &scopes, "platform").await;
        TestTenant { id: TenantId::PLATFORM, key, api_key }
    }

    /// Another key of a tenant.
    ///
    /// # Panics
    /// When there is no such tenant.
    pub async fn api_key(
        &self,
        tenant: TenantId,
        scopes: &ScopeSet,
        kind: &str,
    ) -> (ApiKeyId, String) {
        let key: ApiKeyId = self.new_id();
        let secret = random();
        let owner = Some(tenant).filter(|tenant| *tenant != TenantId::PLATFORM);
        let (text, sha256, prefix) = gw_web::api_key::generate(owner, key, secret);
        sqlx::query(
            "insert into tenants.api_keys (tenant_id, key_id, kind, name, prefix, secret_sha256,
                 scopes, created_by_kind, created_by_id, created_at, updated_at)
             values ($1, $2, $3, 'test', $4, $5, $6, 'machine', 'test', $7, $7)",
        )
        .bind(tenant.uuid())
        .bind(key.uuid())
        .bind(kind)
        .bind(prefix)
        .bind(sha256.as_slice())
        .bind(scopes.to_texts())
        .bind(self.clock.now())
        .execute(&self.owner().await)
        .await
        .expect("the key is new");
        (key, text.expose_secret().to_owned())
    }

    async fn insert_tenant(&self, tenant: TenantId, name: &str) {
        let now = self.clock.now();
        let owner = self.owner().await;
        sqlx::query(
            "insert into tenants.tenants (tenant_id, name, created_by_kind, created_by_id, created_at, updated_at)
             values ($1, $2, 'platform', 'test', $3, $3)",
        )
        .bind(tenant.uuid())
        .bind(name)
        .bind(now)
        .execute(&owner)
        .await
        .expect("the tenant is new");

        let data_key_bytes: [u8; 32] = random();
        let sealed =
            self.root_key.seal(random(), &format!("tenant:{tenant}:data"), &data_key_bytes);
        sqlx::query(
            "insert into tenants.data_keys (tenant_id, sealed, created_at) values ($1, $2, $3)",
        )
        .bind(tenant.uuid())
        .bind(sealed)
        .bind(now)
        .execute(&owner)
        .await
        .expect("the data key is new");

        let key: LogKeyId = self.new_id();
        let seed: [u8; 32] = random();
        let sealed = DataKey::from_bytes(data_key_bytes).seal(
            random(),
            &format!("tenant:{tenant}:log:{key}"),
            &seed,
        );
        sqlx::query(
            "insert into tenants.log_keys (tenant_id, key_id, origin, public_key, sealed, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(tenant.uuid())
        .bind(key.uuid())
        .bind(format!("gatewright.localhost/log/{tenant}"))
        .bind(SigningKey::from_seed(seed).public().as_bytes().as_slice())
        .bind(sealed)
        .bind(now)
        .execute(&owner)
        .await
        .expect("the log key is new");
        sqlx::query("insert into gw.directory (kind, id, tenant_id) values ('tenant', $1, $1)")
            .bind(tenant.uuid())
            .execute(&owner)
            .await
            .expect("the directory row is new");
    }

    /// A new id of this test's moment.
    #[must_use]
    pub fn new_id<K: IdKind>(&self) -> Id<K> {
        Id::at(self.clock.now(), random())
    }
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
