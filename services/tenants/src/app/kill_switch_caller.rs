use std::collections::BTreeSet;

use gw_db::{Db, Reason};
use gw_kernel::{Actor, ActorKind, GateId, Identity, TenantId};
use gw_web::AnyCaller;

use crate::{domain::TenantRef, error::TenantsError, store};

/// Who acts on a tenant's kill switches, or, within the platform's own tenant, on the global one.
#[derive(Debug, Clone)]
pub(crate) struct Acting {
    pub(crate) who: Identity,
    /// The gates that the key is limited to, if it is.
    pub(crate) gates: Option<BTreeSet<GateId>>,
}

impl Acting {
    /// Whether the key may touch this gate.
    pub(crate) fn reaches(&self, gate: GateId) -> bool {
        self.gates.as_ref().is_none_or(|gates| gates.contains(&gate))
    }

    /// Somebody who acts on everything: the platform's staff, naming no tenant.
    pub(crate) fn globally<P>(
        caller: &AnyCaller<P>,
        named: Option<&str>,
    ) -> Result<Self, TenantsError> {
        match caller {
            AnyCaller::Tenant(caller) if caller.actor.kind != ActorKind::Platform => {
                Err(TenantsError::GlobalIsThePlatforms)
            }
            AnyCaller::Platform(caller) if named.is_none() => {
                Ok(Self { who: (**caller).clone(), gates: None })
            }
            _ => Err(TenantsError::GlobalNamesTenant),
        }
    }

    /// Somebody who acts on one tenant: their own, whether they name it or not, or the one that the
    /// platform's staff name. None of it is the platform's own.
    pub(crate) async fn on_tenant<P>(
        db: &Db,
        caller: &AnyCaller<P>,
        named: Option<&str>,
    ) -> Result<Self, TenantsError> {
        match (caller, named) {
            (AnyCaller::Tenant(caller), named) => {
                if let Some(named) = named {
                    must_be_own(db, caller, named).await?;
                }
                Ok(Self { who: (**caller).clone(), gates: caller.gates().cloned() })
            }
            (AnyCaller::Platform(_), None) => Err(TenantsError::TenantRequired),
            (AnyCaller::Platform(caller), Some(named)) => {
                let tenant = find(db, &caller.actor, named).await?;
                Ok(Self { who: Identity { tenant, actor: caller.actor.clone() }, gates: None })
            }
        }
    }
}

/// Accepts what means the caller's own tenant: its id, its names, or `default`.
async fn must_be_own(db: &Db, who: &Identity, named: &str) -> Result<(), TenantsError> {
    if named == "default" || named == who.tenant.to_string() {
        return Ok(());
    }
    let mut tx = db.tenant(who).await?;
    let own = store::tenants::find(&mut tx, &TenantRef::Id(who.tenant)).await?;
    let is_own = own.is_some_and(|own| own.name == named || own.alias.as_deref() == Some(named));
    is_own.then_some(()).ok_or(TenantsError::AnotherTenant)
}

/// The tenant that the platform's staff name by its id or name. That they looked it up is recorded
/// with what they do to it; where there is none, nothing was done.
async fn find(db: &Db, actor: &Actor, named: &str) -> Result<TenantId, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let found = store::tenants::find(&mut tx, &TenantRef::from(named.to_owned())).await?;
    let tenant = found.ok_or(TenantsError::TenantNotFound)?.id;
    if tenant == TenantId::PLATFORM {
        return Err(TenantsError::PlatformTenant);
    }
    Ok(tenant)
}
