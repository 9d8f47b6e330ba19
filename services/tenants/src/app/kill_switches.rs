//! Engaging, releasing and listing kill switches.
//!
//! A switch lives in the tenant that it halts, the global one in the platform's own. Both are
//! changed under that tenant's head, which orders them among themselves and with every check; the
//! global one besides sets the row that every batch of every tenant reads, and waits for no other
//! head than the platform's. When this answers, it is committed: a check that begins later meets it.

use gw_db::{Db, TenantTx};
use gw_kernel::{Author, Count, Epoch, GateId, Page, PageRequest, TenantId};

use crate::{
    app::kill_switch_caller::Acting,
    domain::{KillScope, KillSwitch, Release, Target, new_id},
    error::TenantsError,
    store::{self, kill_switches::KillSwitchFilter},
};

/// What is asked for: a scope, and what of it.
#[derive(Debug)]
pub(crate) struct KillOrder {
    pub(crate) scope: KillScope,
    /// A gate's id or name, an agent's exact name; empty where the scope says it all.
    pub(crate) value: String,
    pub(crate) reason: Option<String>,
}

/// Halts it from now on. What is halted already stays as it is, and is answered.
#[tracing::instrument(name = "tenants.engage_kill_switch", skip_all, fields(tenant = %acting.who.tenant))]
pub(crate) async fn engage_kill_switch(
    db: &Db,
    acting: &Acting,
    order: KillOrder,
) -> Result<(KillSwitch, Epoch), TenantsError> {
    let (mut tx, target) = begin(db, acting, &order).await?;
    let epoch = tx.hold().await?.epoch;
    if let Some(engaged) = store::kill_switches::engaged(&mut tx, &target).await? {
        tx.end_reading().await?;
        return Ok((engaged, epoch));
    }
    let now = tx.now();
    let switch = KillSwitch {
        id: new_id(now, &mut rand::rng()),
        target,
        reason: order.reason,
        engaged_at: now,
        engaged_by: Author::from(tx.actor()),
        released: None,
    };
    store::kill_switches::insert(&mut tx, &switch).await?;
    if switch.target == Target::Global {
        store::kill_switches::set_halt(&mut tx, true).await?;
    }
    tx.record(switch.engaged(acting.who.tenant))?;
    let epoch = tx.commit().await?;
    Ok((switch, epoch))
}

/// Lets it be decided again.
#[tracing::instrument(name = "tenants.release_kill_switch", skip_all, fields(tenant = %acting.who.tenant))]
pub(crate) async fn release_kill_switch(
    db: &Db,
    acting: &Acting,
    order: KillOrder,
) -> Result<(KillSwitch, Epoch), TenantsError> {
    let (mut tx, target) = begin(db, acting, &order).await?;
    tx.hold().await?;
    let engaged = store::kill_switches::engaged(&mut tx, &target).await?;
    let mut switch = engaged.ok_or(TenantsError::KillSwitchNotEngaged)?;
    let release = Release { at: tx.now(), by: Author::from(tx.actor()), reason: order.reason };
    store::kill_switches::release(&mut tx, switch.id, &release).await?;
    if switch.target == Target::Global {
        store::kill_switches::set_halt(&mut tx, false).await?;
    }
    tx.record(switch.released(acting.who.tenant, &release))?;
    switch.released = Some(release);
    let epoch = tx.commit().await?;
    Ok((switch, epoch))
}

/// A page of the switches of one tenant, or of the global one's history; and how many there are,
/// where that is asked.
pub(crate) async fn list_kill_switches(
    db: &Db,
    acting: &Acting,
    page: PageRequest,
    offset: i64,
    mut filter: KillSwitchFilter,
    counted: bool,
) -> Result<(Page<KillSwitch>, Option<Count>), TenantsError> {
    let mut tx = db.tenant(&acting.who).await?;
    filter.gates = acting.gates.as_ref().map(|gates| gates.iter().copied().collect());
    let rows = store::kill_switches::list(&mut tx, page, offset, &filter).await?;
    let count =
        if counted { Some(store::kill_switches::count(&mut tx, &filter).await?) } else { None };
    tx.end_reading().await?;
    Ok((Page::from_fetched(rows, page, |switch| switch.id.uuid()), count))
}

async fn begin(
    db: &Db,
    acting: &Acting,
    order: &KillOrder,
) -> Result<(TenantTx, Target), TenantsError> {
    let Acting { who, gates } = acting;
    if (order.scope == KillScope::Global) != (who.tenant == TenantId::PLATFORM) {
        return Err(TenantsError::PlatformTenant);
    }
    let blank = order.value.is_empty();
    let mut tx = db.tenant(who).await?;
    let target = match order.scope {
        KillScope::Gate if blank => return Err(TenantsError::KillSwitchValue),
        KillScope::Agent if blank => return Err(TenantsError::KillSwitchValue),
        KillScope::Gate => Target::Gate(gate(&mut tx, acting, &order.value).await?),
        _ if gates.is_some() => return Err(TenantsError::KillSwitchExceeds),
        KillScope::Agent => Target::Agent(order.value.clone()),
        KillScope::Tenant => Target::Tenant,
        KillScope::Global => Target::Global,
    };
    Ok((tx, target))
}

/// The gate with this id or name. One that the caller's key does not reach is as unknown as nobody's.
async fn gate(tx: &mut TenantTx, acting: &Acting, value: &str) -> Result<GateId, TenantsError> {
    let found = store::gates::resolve(tx, &[value.to_owned()]).await?;
    let gate = found.get(value).copied().filter(|gate| acting.reaches(*gate));
    gate.ok_or(TenantsError::KillSwitchGateUnknown)
}
