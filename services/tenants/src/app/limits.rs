use gw_contracts::{TenantLimitsChangedV1, TenantReadV1};
use gw_db::{Db, Reason, TenantTx};
use gw_kernel::{Actor, Epoch, Identity, TenantId};

use crate::{
    app::{bind_customer, epoch_of, record_in_both},
    domain::{Counted, Limits, TenantLimits, TenantRef},
    error::TenantsError,
    store,
};

/// Any tenant's limits, for the platform's staff. That they looked is an entry of both logs.
pub(crate) async fn read_any(
    db: &Db,
    actor: &Actor,
    wanted: &TenantRef,
) -> Result<TenantLimits, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let tenant_id = bind_customer(&mut tx, wanted).await?.id;
    let limits = store::limits::find(&mut tx, tenant_id).await?;
    record_in_both(&mut tx, tenant_id, TenantReadV1 { tenant_id })?;
    tx.commit().await?;
    Ok(limits)
}

/// The caller's own tenant's limits.
pub(crate) async fn read_own(db: &Db, who: &Identity) -> Result<TenantLimits, TenantsError> {
    let mut tx = db.tenant(who).await?;
    let limits = store::limits::find(&mut tx, who.tenant).await?;
    tx.end_reading().await?;
    Ok(limits)
}

/// Sets any tenant's limits, if they are still as whoever sets them read them. What the tenant has
/// beyond them stays; there is only no more of it.
#[tracing::instrument(name = "tenants.set_limits", skip_all, fields(tenant = %wanted))]
pub(crate) async fn set_any(
    db: &Db,
    actor: &Actor,
    wanted: &TenantRef,
    limits: Limits,
    is_current: impl FnOnce(&TenantLimits) -> bool,
) -> Result<(TenantLimits, Epoch), TenantsError> {
    let limits = limits.check()?;
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let tenant = bind_customer(&mut tx, wanted).await?.id;
    if !is_current(&store::limits::find(&mut tx, tenant).await?) {
        return Err(TenantsError::PreconditionFailed);
    }
    let updated_at = tx.now();
    store::limits::set(&mut tx, &limits, updated_at).await?;
    let event = TenantLimitsChangedV1 { tenant_id: tenant, limits: limits.stated() };
    record_in_both(&mut tx, tenant, event)?;
    let epochs = tx.commit().await?;
    let epoch = epoch_of(&epochs, tenant);
    Ok((TenantLimits { tenant, limits, updated_at }, epoch))
}

/// Takes the tenant's head, and demands that there is room for one more under it: who counts and
/// who adds come one after the other, and no lane waits for either. The platform's own tenant has
/// no plan.
pub(crate) async fn demand_room(tx: &mut TenantTx, counted: Counted) -> Result<(), TenantsError> {
    tx.hold().await?;
    let tenant = tx.tenant();
    if tenant == TenantId::PLATFORM {
        return Ok(());
    }
    let Limits { api_keys, operators, .. } = store::limits::find(tx, tenant).await?.limits;
    let taken = store::limits::count(tx, counted).await?;
    let (limit, reached) = match counted {
        Counted::ApiKeys => (api_keys, TenantsError::KeysLimit(api_keys)),
        Counted::Operators => (operators, TenantsError::OperatorsLimit(operators)),
    };
    if taken < i64::from(limit) { Ok(()) } else { Err(reached) }
}
