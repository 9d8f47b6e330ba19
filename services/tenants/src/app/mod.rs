//! One file for each thing a caller can ask for; one transaction each.

pub(crate) mod acknowledge_regression;
pub(crate) mod create_api_key;
pub(crate) mod create_operator;
pub(crate) mod create_tenant;
pub(crate) mod install_platform;
pub(crate) mod kill_switch_caller;
pub(crate) mod kill_switches;
pub(crate) mod limits;
pub(crate) mod read_api_keys;
pub(crate) mod read_operators;
pub(crate) mod read_tenants;
pub(crate) mod revoke_api_key;
pub(crate) mod revoke_api_keys;
pub(crate) mod rotate_api_key;
pub(crate) mod rotate_data_key;
pub(crate) mod rotate_log_key;
pub(crate) mod rotate_root_key;
pub(crate) mod suspend_tenant;
pub(crate) mod update_operator;
pub(crate) mod update_tenant;

use std::collections::BTreeMap;

use gw_contracts::Event;
use gw_db::PlatformTx;
use gw_kernel::{Epoch, TenantId};

use crate::{
    domain::{Tenant, TenantRef},
    error::TenantsError,
    store,
};

/// Finds a customer for the platform's staff, binds it, and holds its row until the end.
async fn bind_customer(tx: &mut PlatformTx, wanted: &TenantRef) -> Result<Tenant, TenantsError> {
    let found = store::tenants::find(tx, wanted).await?.ok_or(TenantsError::TenantNotFound)?;
    if found.id == TenantId::PLATFORM {
        return Err(TenantsError::PlatformTenant);
    }
    tx.bind(found.id).await?;
    store::tenants::lock(tx, found.id).await?.ok_or(TenantsError::TenantNotFound)
}

/// What is done to a named tenant stands in its log and in the platform's.
fn record_in_both<E: Event + Clone>(
    tx: &mut PlatformTx,
    tenant: TenantId,
    event: E,
) -> Result<(), TenantsError> {
    tx.record(tenant, event.clone())?;
    Ok(tx.record(TenantId::PLATFORM, event)?)
}

/// As [`record_in_both`], of any tenant: the platform's own fact stands once.
fn record_wherever<E: Event + Clone>(
    tx: &mut PlatformTx,
    tenant: TenantId,
    event: E,
) -> Result<(), TenantsError> {
    if tenant == TenantId::PLATFORM {
        return Ok(tx.record(tenant, event)?);
    }
    record_in_both(tx, tenant, event)
}

/// The epoch of the one tenant that a platform transaction was about.
fn epoch_of(epochs: &BTreeMap<TenantId, Epoch>, tenant: TenantId) -> Epoch {
    epochs.get(&tenant).copied().unwrap_or_default()
}
