//! Histories: of a tenant, of any object of it.

use gw_contracts::TenantReadV1;
use gw_db::{Db, Reason, query::Bound};
use gw_kernel::{Actor, Count, Identity, Page, PageRequest, TenantId};
use gw_web::{Caller, permissions::ReadLog};

use super::follow;
use crate::{
    domain::{Change, ChangeFilter, Standing},
    query_error::QueryError,
    store,
};

/// A part of a history.
pub(crate) struct History {
    pub(crate) changes: Page<Change>,
    /// How many changes there are in all, where that was asked.
    pub(crate) count: Option<Count>,
    /// How far the log has been read for it.
    pub(crate) standing: Standing,
}

/// Which part of a history is wanted, and whether all of it is to be counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) page: PageRequest,
    pub(crate) counted: bool,
}

/// The history of the caller's tenant, or of one object of it.
#[tracing::instrument(name = "audit.history", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn history(
    db: &Db,
    caller: &Caller<ReadLog>,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    let filter = ChangeFilter { gates: caller.gates().cloned(), ..filter };
    follow::catch_up(db, caller.tenant).await;
    let mut tx = db.tenant(caller).await?;
    let history = listed(&mut tx, caller.tenant, &filter, part).await?;
    tx.end_reading().await?;
    Ok(history)
}

/// The history of one object of the caller's tenant, which the log has to have told of.
pub(crate) async fn history_of(
    db: &Db,
    caller: &Caller<ReadLog>,
    object: String,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    if caller.gates().is_some() {
        return Err(QueryError::KeyLimited);
    }
    let filter = ChangeFilter { object: Some(object), ..filter };
    follow::catch_up(db, caller.tenant).await;
    let mut tx = db.tenant(caller).await?;
    let history = known(&mut tx, caller.tenant, &filter, part).await?;
    tx.end_reading().await?;
    Ok(history)
}

/// The history of a gate, archived or not, that the caller's key reaches.
pub(crate) async fn history_of_gate(
    db: &Db,
    caller: &Caller<ReadLog>,
    gate: &str,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    follow::catch_up(db, caller.tenant).await;
    let mut tx = db.tenant(caller).await?;
    let gate = store::published::gate(&mut tx, gate).await?.filter(|gate| caller.reaches(*gate));
    let object = Some(gate.ok_or(QueryError::NoObject)?.to_string());
    let history = listed(&mut tx, caller.tenant, &ChangeFilter { object, ..filter }, part).await?;
    tx.end_reading().await?;
    Ok(history)
}

/// The history of the caller's own tenant; another does not exist for it.
pub(crate) async fn history_of_own(
    db: &Db,
    caller: &Caller<ReadLog>,
    tenant: &str,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    let mut tx = db.tenant(caller).await?;
    let alias = store::published::tenant(&mut tx, caller.tenant).await?.flatten();
    drop(tx);
    let own = caller.tenant.to_string();
    if tenant != own && Some(tenant) != alias.as_deref() {
        return Err(QueryError::NoTenant);
    }
    history_of(db, caller, own, filter, part).await
}

/// The history of any tenant, for the platform's staff. That they looked is an entry of its log and
/// of theirs.
pub(crate) async fn history_of_any(
    db: &Db,
    actor: &Actor,
    tenant: TenantId,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    let filter = ChangeFilter { object: Some(tenant.to_string()), ..filter };
    read_as_platform(db, actor, tenant, filter, part).await
}

/// The history of the platform itself.
pub(crate) async fn history_of_platform(
    db: &Db,
    caller: &Identity,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    read_as_platform(db, &caller.actor, TenantId::PLATFORM, filter, part).await
}

async fn read_as_platform(
    db: &Db,
    actor: &Actor,
    tenant: TenantId,
    filter: ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    tx.bind(tenant).await?;
    store::published::tenant(&mut tx, tenant).await?.ok_or(QueryError::NoTenant)?;
    drop(tx);
    follow::catch_up(db, tenant).await;
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    tx.bind(tenant).await?;
    let history = listed(&mut tx, tenant, &filter, part).await?;
    let seen = TenantReadV1 { tenant_id: tenant };
    if tenant != TenantId::PLATFORM {
        tx.record(tenant, seen.clone())?;
    }
    tx.record(TenantId::PLATFORM, seen)?;
    tx.commit().await?;
    Ok(history)
}

/// As [`listed`], of an object that is there.
async fn known(
    tx: &mut impl Bound,
    tenant: TenantId,
    filter: &ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    let object = filter.object.as_deref().unwrap_or_default();
    if !store::history::is_known(tx, object).await? {
        let standing = store::cursors::standing(tx, tenant).await?;
        let read = standing.known_to >= standing.size;
        return Err(if read {
            QueryError::NoObject
        } else {
            QueryError::Behind(standing.known_to)
        });
    }
    listed(tx, tenant, filter, part).await
}

async fn listed(
    tx: &mut impl Bound,
    tenant: TenantId,
    filter: &ChangeFilter,
    part: Part,
) -> Result<History, QueryError> {
    let below = match part.page.after {
        Some(cursor) => {
            let place = store::history::place(tx, cursor).await?;
            Some(place.ok_or(QueryError::NoCursor)?)
        }
        None => None,
    };
    let standing = store::cursors::standing(tx, tenant).await?;
    let changes = store::history::list(tx, filter, below, part.page).await?;
    let count = if part.counted { Some(store::history::count(tx, filter).await?) } else { None };
    let changes = Page::from_fetched(changes, part.page, |change| change.id);
    Ok(History { changes, count, standing })
}
