use gw_contracts::TenantUpdatedV1;
use gw_db::{Db, Reason, query::Bound};
use gw_kernel::{Actor, Epoch, GateId, Identity, TenantId};

use crate::{
    app::{bind_customer, epoch_of, record_in_both},
    domain::{Name, Tenant, TenantRef},
    error::TenantsError,
    store,
};

/// What is to change; what is absent stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct TenantChanges {
    pub(crate) name: Option<Name>,
    /// An id or a name; none goes back to the tenant's first gate.
    pub(crate) default_gate: Option<Option<String>>,
}

/// Changes any tenant, for the platform's staff, if it is still as they read it.
#[tracing::instrument(name = "tenants.update_tenant", skip_all, fields(tenant = %wanted))]
pub(crate) async fn update_any(
    db: &Db,
    actor: &Actor,
    wanted: &TenantRef,
    changes: TenantChanges,
    is_current: impl FnOnce(&Tenant) -> bool,
) -> Result<(Tenant, Epoch), TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let tenant = bind_customer(&mut tx, wanted).await?;
    let now = tx.now();
    if changes.default_gate.is_some() {
        tx.hold().await?;
    }
    let tenant = change(&mut tx, tenant, changes, now, is_current).await?;
    record_in_both(&mut tx, tenant.id, updated_event(&tenant))?;
    let epochs = tx.commit().await?;
    let epoch = epoch_of(&epochs, tenant.id);
    Ok((tenant, epoch))
}

/// Changes the caller's own tenant, if it is still as the caller read it.
#[tracing::instrument(name = "tenants.update_own_tenant", skip_all, fields(tenant = %wanted))]
pub(crate) async fn update_own(
    db: &Db,
    who: &Identity,
    wanted: &TenantRef,
    changes: TenantChanges,
    is_current: impl FnOnce(&Tenant) -> bool,
) -> Result<(Tenant, Epoch), TenantsError> {
    if who.tenant == TenantId::PLATFORM {
        return Err(TenantsError::PlatformTenant);
    }
    let mut tx = db.tenant(who).await?;
    let own = store::tenants::lock(&mut tx, who.tenant).await?.filter(|own| wanted.names(own));
    let own = own.ok_or(TenantsError::TenantNotFound)?;
    let now = tx.now();
    if changes.default_gate.is_some() {
        tx.hold().await?;
    }
    let tenant = change(&mut tx, own, changes, now, is_current).await?;
    tx.record(updated_event(&tenant))?;
    let epoch = tx.commit().await?;
    Ok((tenant, epoch))
}

async fn change(
    tx: &mut impl Bound,
    mut tenant: Tenant,
    changes: TenantChanges,
    now: chrono::DateTime<chrono::Utc>,
    is_current: impl FnOnce(&Tenant) -> bool,
) -> Result<Tenant, TenantsError> {
    if !is_current(&tenant) {
        return Err(TenantsError::PreconditionFailed);
    }
    if let Some(name) = changes.name {
        tenant.name = name.into_string();
    }
    if let Some(gate) = changes.default_gate {
        tenant.default_gate = match gate {
            Some(gate) => Some(find_gate(tx, gate).await?),
            None => None,
        };
    }
    tenant.updated_at = now;
    store::tenants::update(tx, &tenant).await?;
    Ok(tenant)
}

/// One of the bound tenant's gates that decides. The tenant's head is held, so that it is not
/// archived meanwhile.
async fn find_gate(tx: &mut impl Bound, gate: String) -> Result<GateId, TenantsError> {
    let found = store::gates::resolve(tx, std::slice::from_ref(&gate)).await?;
    let gate = found.get(&gate).copied().ok_or(TenantsError::DefaultGateUnknown)?;
    if store::gates::is_archived(tx, gate).await? {
        return Err(TenantsError::DefaultGateArchived(gate));
    }
    Ok(gate)
}

fn updated_event(tenant: &Tenant) -> TenantUpdatedV1 {
    TenantUpdatedV1 {
        tenant_id: tenant.id,
        name: tenant.name.clone(),
        default_gate_id: tenant.default_gate,
        state: tenant.state.as_str().to_owned(),
    }
}
