use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use gw_kernel::{Epoch, TenantId};
use moka::sync::Cache;
use tokio::{
    sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    Doors, Loaded,
    cell::{Cell, Turn},
    doors::Door,
    error::{LoadError, SnapshotError},
    load::Place,
};
use crate::config::CheckConfig;

/// Ids that name no tenant are remembered for this long: anybody can send them.
const UNKNOWN_FOR: Duration = Duration::from_secs(2);
/// How many of them, and how many tenants that are being loaded for the first time.
const MAX_STRANGERS: u64 = 10_000;
/// So many tenants may wait for their first load: anybody can ask for one with an id of his own.
const MAX_FIRST_LOADS: usize = 128;
/// A load that takes longer is given up, so that another can be tried.
const MAX_LOAD: Duration = Duration::from_secs(10);

/// Every tenant that has been asked for lately.
#[derive(Clone)]
pub(crate) struct Snapshots(Arc<Inner>);

struct Inner {
    tenants: Cache<TenantId, Arc<Cell>>,
    /// Those that nothing was loaded of yet: they push no tenant out that is decided for.
    arriving: Cache<TenantId, Arc<Cell>>,
    unknown: Cache<TenantId, ()>,
    first_loads: Arc<Semaphore>,
    doors: Doors,
    sides: Doors,
    side_timeout: Duration,
    place: Place,
}

/// The tenants in memory, the rows that they have, and how old the oldest of them is.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    pub(crate) tenants: usize,
    pub(crate) rows: usize,
    pub(crate) oldest: Duration,
}

/// What a load needs besides the turn.
struct Entrance {
    door: Door,
    _first: Option<OwnedSemaphorePermit>,
}

impl Snapshots {
    /// Nothing is loaded until it is asked for.
    pub(crate) fn new(db: &gw_db::Db, config: &CheckConfig, place: Place) -> Self {
        let side_timeout = Duration::from_millis(config.side_load_ms);
        let idle = Duration::from_secs(config.idle_tenant_seconds.max(1));
        Self(Arc::new(Inner {
            tenants: Cache::builder().max_capacity(config.max_tenants).time_to_idle(idle).build(),
            arriving: Cache::builder()
                .max_capacity(MAX_STRANGERS)
                .time_to_idle(2 * MAX_LOAD)
                .build(),
            unknown: Cache::builder().max_capacity(MAX_STRANGERS).time_to_live(UNKNOWN_FOR).build(),
            first_loads: Arc::new(Semaphore::new(MAX_FIRST_LOADS)),
            doors: Doors::new(db.clone(), config.loaders.max(2), None),
            sides: Doors::new(db.clone(), config.sides, Some(side_timeout)),
            side_timeout,
            place,
        }))
    }

    /// The tenant at this epoch or a later one. Loads only if what is there is older; a load is
    /// large, so its future has a place of its own and does not make every check's larger.
    pub(crate) async fn at_least(
        &self,
        tenant: TenantId,
        epoch: Epoch,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        if self.0.unknown.contains_key(&tenant) {
            return Err(SnapshotError::Unknown);
        }
        let cell = self.cell(tenant);
        match cell.at_least(epoch) {
            Some(loaded) => Ok(loaded),
            None => Box::pin(self.wait(tenant, cell, Some(epoch))).await,
        }
    }

    /// The tenant as it is no earlier than now. Concurrent callers share one load.
    pub(crate) async fn fresh(&self, tenant: TenantId) -> Result<Arc<Loaded>, SnapshotError> {
        let cell = self.cell(tenant);
        Box::pin(self.wait(tenant, cell, None)).await
    }

    /// The tenant while its head is held at `epoch`, on that side connection's own loader.
    pub(crate) async fn under_head(
        &self,
        tenant: TenantId,
        epoch: Epoch,
        side: usize,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let cell = self.cell(tenant);
        if let Some(loaded) = cell.at_least(epoch) {
            return Ok(loaded);
        }
        let load = Box::pin(self.load_at_side(tenant, &cell, epoch, side));
        match timeout(self.0.side_timeout, load).await {
            Ok(loaded) => loaded,
            Err(_) => {
                // The head must be let go; the load goes on outside, for whoever asks next.
                let this = self.clone();
                tokio::spawn(async move { this.at_least(tenant, epoch).await });
                Err(SnapshotError::Stale)
            }
        }
    }

    /// Many ask at once while one head is held: those that wait for the door find what the first
    /// of them loaded.
    async fn load_at_side(
        &self,
        tenant: TenantId,
        cell: &Arc<Cell>,
        epoch: Epoch,
        side: usize,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let door = self.0.sides.at(side).await;
        if let Some(loaded) = cell.at_least(epoch) {
            return Ok(loaded);
        }
        let base = cell.current.load_full();
        match self.0.sides.load(door, tenant, base.as_deref(), &self.0.place).await {
            Ok(Some(loaded)) => Ok(self.publish(tenant, cell, loaded)),
            Ok(None) => Err(SnapshotError::Unknown),
            Err(error) => Err(report(tenant, &error)),
        }
    }

    /// What is in memory now.
    pub(crate) fn in_memory(&self) -> InMemory {
        let mut memory = InMemory::default();
        for (_, cell) in &self.0.tenants {
            let Some(loaded) = cell.current.load_full() else { continue };
            memory.tenants += 1;
            memory.rows += loaded.rows();
            memory.oldest = memory.oldest.max(loaded.at.elapsed());
        }
        memory
    }

    /// Lets go of what was loaded before this acknowledgement of lost entries: it is loaded anew,
    /// whole, by whoever asks next.
    pub(crate) fn forget(&self, tenant: TenantId, acknowledged: DateTime<Utc>) {
        let known = self.0.tenants.get(&tenant);
        let current = known.and_then(|cell| cell.current.load_full());
        if current.is_some_and(|loaded| loaded.acknowledged < Some(acknowledged)) {
            self.0.tenants.invalidate(&tenant);
        }
    }

    /// Whether snapshots can be loaded.
    pub(crate) fn doors(&self) -> &Doors {
        &self.0.doors
    }

    fn cell(&self, tenant: TenantId) -> Arc<Cell> {
        let known = self.0.tenants.get(&tenant);
        known.unwrap_or_else(|| self.0.arriving.get_with(tenant, Arc::default))
    }

    fn publish(&self, tenant: TenantId, cell: &Arc<Cell>, loaded: Loaded) -> Arc<Loaded> {
        let newest = cell.publish(loaded);
        if !self.0.tenants.contains_key(&tenant) {
            self.0.tenants.insert(tenant, Arc::clone(cell));
            self.0.arriving.invalidate(&tenant);
        }
        newest
    }

    async fn wait(
        &self,
        tenant: TenantId,
        cell: Arc<Cell>,
        epoch: Option<Epoch>,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let waited = timeout(MAX_LOAD, self.take_turn(tenant, cell, epoch)).await;
        let loaded = waited.unwrap_or(Err(SnapshotError::Stale))?;
        match epoch {
            Some(epoch) if loaded.snapshot.epoch < epoch => Err(SnapshotError::Stale),
            _ => Ok(loaded),
        }
    }

    /// Who gives up while waiting for a turn or a door has asked for nothing. A load that has
    /// begun is a task of its own: its caller's giving up does not undo it for the others.
    async fn take_turn(
        &self,
        tenant: TenantId,
        cell: Arc<Cell>,
        epoch: Option<Epoch>,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let arrived = Instant::now();
        let mut turn = Arc::clone(&cell.turn).lock_owned().await;
        if let Some(answer) = turn.answer(&cell, epoch, arrived) {
            return answer;
        }
        let entrance = self.enter(&cell).await?;
        turn.begin();
        let this = self.clone();
        let load = tokio::spawn(async move { this.load(tenant, cell, turn, entrance).await });
        load.await.unwrap_or(Err(SnapshotError::Stale))
    }

    /// A free door. Tenants that are decided for have one that first loads cannot take.
    async fn enter(&self, cell: &Cell) -> Result<Entrance, SnapshotError> {
        if cell.current.load().is_some() {
            return Ok(Entrance { door: self.0.doors.any().await, _first: None });
        }
        let first = Arc::clone(&self.0.first_loads).try_acquire_owned();
        let first = first.map_err(|_| SnapshotError::Stale)?;
        Ok(Entrance { door: self.0.doors.any_but_one().await, _first: Some(first) })
    }

    async fn load(
        &self,
        tenant: TenantId,
        cell: Arc<Cell>,
        mut turn: OwnedMutexGuard<Turn>,
        entrance: Entrance,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let base = cell.current.load_full();
        let load = self.0.doors.load(entrance.door, tenant, base.as_deref(), &self.0.place);
        let loaded = match timeout(MAX_LOAD, load).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => {
                if error.is_stored() {
                    turn.give_up();
                }
                return Err(report(tenant, &error));
            }
            Err(_) => return Err(SnapshotError::Stale),
        };
        turn.succeed();
        let Some(loaded) = loaded else {
            self.0.unknown.insert(tenant, ());
            self.0.tenants.invalidate(&tenant);
            self.0.arriving.invalidate(&tenant);
            return Err(SnapshotError::Unknown);
        };
        Ok(self.publish(tenant, &cell, loaded))
    }
}

fn report(tenant: TenantId, error: &LoadError) -> SnapshotError {
    tracing::error!(%tenant, %error, "a tenant could not be loaded");
    SnapshotError::Stale
}
