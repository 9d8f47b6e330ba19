use gw_contracts::{TenantReadV1, TenantResumedV1, TenantSuspendedV1};
use gw_db::{Db, PlatformTx, Reason};
use gw_kernel::{Actor, Epoch};

use crate::{
    app::{bind_customer, epoch_of, record_in_both},
    domain::{ReasonText, Tenant, TenantRef, TenantState},
    error::TenantsError,
    store,
};

/// Makes the tenant active or suspended. Where it is so already, nothing but the look is recorded.
#[tracing::instrument(name = "tenants.set_state", skip_all, fields(tenant = %wanted))]
pub(crate) async fn set_state(
    db: &Db,
    actor: &Actor,
    wanted: &TenantRef,
    state: TenantState,
    reason: Option<ReasonText>,
) -> Result<(Tenant, Epoch), TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let mut tenant = bind_customer(&mut tx, wanted).await?;
    let tenant_id = tenant.id;
    if tenant.state == state {
        record_in_both(&mut tx, tenant_id, TenantReadV1 { tenant_id })?;
    } else {
        tenant.state = state;
        tenant.state_reason = reason.map(ReasonText::into_string);
        tenant.updated_at = tx.now();
        store::tenants::update(&mut tx, &tenant).await?;
        record_state(&mut tx, &tenant)?;
    }
    let epochs = tx.commit().await?;
    Ok((tenant, epoch_of(&epochs, tenant_id)))
}

fn record_state(tx: &mut PlatformTx, tenant: &Tenant) -> Result<(), TenantsError> {
    let (tenant_id, reason) = (tenant.id, tenant.state_reason.clone());
    let state = tenant.state.as_str().to_owned();
    match tenant.state {
        TenantState::Suspended => {
            record_in_both(tx, tenant_id, TenantSuspendedV1 { tenant_id, state, reason })
        }
        TenantState::Active => {
            record_in_both(tx, tenant_id, TenantResumedV1 { tenant_id, state, reason })
        }
    }
}
