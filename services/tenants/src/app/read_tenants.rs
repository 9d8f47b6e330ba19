use gw_contracts::{TenantReadV1, TenantsListedV1};
use gw_db::{Db, DbError, Reason, query::Bound};
use gw_kernel::{Actor, Count, Identity, Page, PageRequest, TenantId};

use crate::{
    domain::{ListedTenant, Tenant, TenantRef},
    error::TenantsError,
    store::{self, tenants::TenantFilter},
};

/// A page of tenants, and how many there are where that was asked.
pub(crate) type TenantsListed = (Page<ListedTenant>, Option<Count>);

/// A page of all tenants, for the platform's staff. That they looked is an entry of its log.
pub(crate) async fn list_all(
    db: &Db,
    actor: &Actor,
    filter: &TenantFilter,
    page: PageRequest,
    counted: bool,
) -> Result<TenantsListed, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let now = tx.now();
    let listed = listed(&mut tx, filter, page, counted, now).await?;
    let count = u64::try_from(listed.0.items.len()).unwrap_or(u64::MAX);
    tx.record(TenantId::PLATFORM, TenantsListedV1 { count })?;
    tx.commit().await?;
    Ok(listed)
}

/// The list as a tenant sees it: itself.
pub(crate) async fn list_own(
    db: &Db,
    who: &Identity,
    filter: &TenantFilter,
    page: PageRequest,
    counted: bool,
) -> Result<TenantsListed, TenantsError> {
    let mut tx = db.tenant(who).await?;
    let now = tx.now();
    let listed = listed(&mut tx, filter, page, counted, now).await?;
    tx.end_reading().await?;
    Ok(listed)
}

async fn listed(
    tx: &mut impl Bound,
    filter: &TenantFilter,
    page: PageRequest,
    counted: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<TenantsListed, DbError> {
    let rows = store::tenants::list(tx, filter, page).await?;
    let page = Page::from_fetched(rows, page, |tenant| tenant.id.uuid());
    let ids: Vec<_> = page.items.iter().map(|tenant| tenant.id.uuid()).collect();
    let with_admin = store::tenants::with_admin(tx, &ids, now).await?;
    let count = if counted { Some(store::tenants::count(tx, filter).await?) } else { None };
    let page = page.map(|tenant| {
        let has_admin = with_admin.contains(&tenant.id.uuid());
        ListedTenant { tenant, has_admin }
    });
    Ok((page, count))
}

/// Any tenant, for the platform's staff. That they looked is an entry of its log and of theirs.
pub(crate) async fn read_any(
    db: &Db,
    actor: &Actor,
    wanted: &TenantRef,
) -> Result<Tenant, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let found = store::tenants::find(&mut tx, wanted).await?;
    let tenant = found.ok_or(TenantsError::TenantNotFound)?;
    let seen = TenantReadV1 { tenant_id: tenant.id };
    if tenant.id != TenantId::PLATFORM {
        tx.record(tenant.id, seen.clone())?;
    }
    tx.record(TenantId::PLATFORM, seen)?;
    tx.commit().await?;
    Ok(tenant)
}

/// The caller's own tenant; another does not exist for it.
pub(crate) async fn read_own(
    db: &Db,
    who: &Identity,
    wanted: &TenantRef,
) -> Result<Tenant, TenantsError> {
    let mut tx = db.tenant(who).await?;
    let found = store::tenants::find(&mut tx, wanted).await?;
    let found = found.ok_or(TenantsError::TenantNotFound)?;
    tx.end_reading().await?;
    Ok(found)
}
