use std::{collections::BTreeSet, marker::PhantomData, ops::Deref};

use axum::extract::{FromRef, FromRequestParts};
use gw_db::{Db, DbError};
use gw_kernel::{ActorKind, ApiKeyId, GateId, Identity, ScopeSet, TenantId};
use http::{HeaderMap, HeaderName, request::Parts};

use crate::{Permission, PlatformCaller, Problem, codes, keys, keys::VerifiedKey, repeat};

const TENANT: HeaderName = HeaderName::from_static("gatewright-tenant");

/// Who calls, within one tenant, holding the permission `P`.
///
/// The tenant is the verified key's own. A platform key acts on the tenant that its header
/// `Gatewright-Tenant` names; the header is refused from anybody else.
#[derive(Debug, Clone)]
pub struct Caller<P> {
    identity: Identity,
    key: ApiKeyId,
    scopes: ScopeSet,
    gates: Option<BTreeSet<GateId>>,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> Caller<P> {
    /// Lets a verified key through to its own tenant, or a platform key to the one it names.
    async fn admit(db: &Db, headers: &HeaderMap, key: VerifiedKey) -> Result<Self, Problem> {
        let tenant = if key.actor.kind == ActorKind::Platform {
            named_tenant(db, headers, &key).await?
        } else {
            own_tenant(headers, &key)?
        };
        demand::<P>(&key.scopes)?;
        let identity = Identity { tenant, actor: key.actor };
        let (scopes, gates) = (key.scopes, key.gates);
        Ok(Self { identity, key: key.id, scopes, gates, permission: PhantomData })
    }
}

impl<P> Caller<P> {
    /// The key that was shown.
    #[must_use]
    pub const fn key_id(&self) -> ApiKeyId {
        self.key
    }

    /// What the key may do.
    #[must_use]
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The gates that the key is limited to, if it is.
    #[must_use]
    pub const fn gates(&self) -> Option<&BTreeSet<GateId>> {
        self.gates.as_ref()
    }

    /// Whether the key may touch this gate.
    #[must_use]
    pub fn reaches(&self, gate: GateId) -> bool {
        self.gates.as_ref().is_none_or(|gates| gates.contains(&gate))
    }
}

impl<P> Deref for Caller<P> {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl<P, S> FromRequestParts<S> for Caller<P>
where
    P: Permission,
    Db: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let db = Db::from_ref(state);
        let key = keys::verify(&db, &parts.headers).await?;
        let caller = Self::admit(&db, &parts.headers, key.clone()).await?;
        repeat::name(parts, &db, &key)?;
        Ok(caller)
    }
}

/// Somebody of a tenant, or of the platform, for routes that serve both.
#[derive(Debug, Clone)]
pub enum AnyCaller<P> {
    /// A tenant's key, or a platform key that names a tenant.
    Tenant(Caller<P>),
    /// A platform key that names no tenant.
    Platform(PlatformCaller<P>),
}

impl<P, S> FromRequestParts<S> for AnyCaller<P>
where
    P: Permission,
    Db: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let db = Db::from_ref(state);
        let key = keys::verify(&db, &parts.headers).await?;
        if key.actor.kind == ActorKind::Platform && !parts.headers.contains_key(TENANT) {
            let caller = PlatformCaller::of(key.clone())?;
            repeat::name(parts, &db, &key)?;
            return Ok(Self::Platform(caller));
        }
        let caller = Caller::admit(&db, &parts.headers, key.clone()).await?;
        repeat::name(parts, &db, &key)?;
        Ok(Self::Tenant(caller))
    }
}

/// Refuses a key that lacks the scope of `P`.
pub(crate) fn demand<P: Permission>(scopes: &ScopeSet) -> Result<(), Problem> {
    if scopes.grants(P::SCOPE) {
        return Ok(());
    }
    let detail = format!("the key lacks the scope `{}`", P::SCOPE);
    Err(Problem::new(&codes::CALLER_FORBIDDEN, detail).requiring(P::SCOPE))
}

fn own_tenant(headers: &HeaderMap, key: &VerifiedKey) -> Result<TenantId, Problem> {
    if headers.contains_key(TENANT) {
        let detail = "`Gatewright-Tenant` is for platform keys";
        return Err(Problem::new(&codes::CALLER_FORBIDDEN, detail));
    }
    if key.suspended {
        return Err(Problem::new(&codes::TENANT_SUSPENDED, "the tenant is suspended"));
    }
    Ok(key.tenant)
}

/// The tenant in the header, which has to exist. It may be suspended: somebody has to resume it.
async fn named_tenant(
    db: &Db,
    headers: &HeaderMap,
    key: &VerifiedKey,
) -> Result<TenantId, Problem> {
    let mut values = headers.get_all(TENANT).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        let detail = "a platform key names the one tenant it acts on in `Gatewright-Tenant`";
        return Err(Problem::new(&codes::TENANT_REQUIRED, detail));
    };
    let not_found = || Problem::new(&codes::UNKNOWN_TENANT, "there is no such tenant");
    let named = value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(not_found)?;
    let actor = key.actor.clone();
    let exists = tenant_exists(db, &Identity { tenant: named, actor }).await?;
    exists.then_some(named).ok_or_else(not_found)
}

async fn tenant_exists(db: &Db, identity: &Identity) -> Result<bool, DbError> {
    let mut tx = db.tenant(identity).await?;
    let found = sqlx::query_scalar!(
        r#"select exists (select from tenants.published_tenants where tenant_id = $1) as "found!""#,
        identity.tenant.uuid(),
    );
    Ok(found.fetch_one(tx.conn()).await?)
}
