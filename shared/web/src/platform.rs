use std::{marker::PhantomData, ops::Deref};

use axum::extract::{FromRef, FromRequestParts};
use gw_db::Db;
use gw_kernel::{ActorKind, ApiKeyId, Identity, ScopeSet, TenantId};
use http::request::Parts;

use crate::{Permission, Problem, caller, codes, keys, keys::VerifiedKey, repeat};

/// Somebody who runs the service for all tenants, shown by a platform key, holding `P`.
///
/// Its [`Identity`] is within the platform's own tenant, id zero.
#[derive(Debug, Clone)]
pub struct PlatformCaller<P> {
    identity: Identity,
    key: ApiKeyId,
    scopes: ScopeSet,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> PlatformCaller<P> {
    pub(crate) fn of(key: VerifiedKey) -> Result<Self, Problem> {
        if key.actor.kind != ActorKind::Platform {
            let detail = "only a platform key may do this";
            return Err(Problem::new(&codes::CALLER_FORBIDDEN, detail).requiring(P::SCOPE));
        }
        caller::demand::<P>(&key.scopes)?;
        let identity = Identity { tenant: TenantId::PLATFORM, actor: key.actor };
        Ok(Self { identity, key: key.id, scopes: key.scopes, permission: PhantomData })
    }

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
}

impl<P> Deref for PlatformCaller<P> {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl<P, S> FromRequestParts<S> for PlatformCaller<P>
where
    P: Permission,
    Db: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let db = Db::from_ref(state);
        let key = keys::verify(&db, &parts.headers).await?;
        let caller = Self::of(key.clone())?;
        repeat::name(parts, &db, &key)?;
        Ok(caller)
    }
}
