use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use gw_kernel::{Epoch, Fault, FaultKind, TenantId};
use moka::sync::Cache;
use tokio::sync::Mutex;

use super::{Doors, Loaded, error::LoadError, load::Place};
use crate::config::CheckConfig;

/// Ids that name no tenant are remembered for this long: anybody can send them.
const UNKNOWN_FOR: Duration = Duration::from_secs(2);
const MAX_UNKNOWN: u64 = 10_000;
/// A load that takes longer is given up, so that another can be tried.
const MAX_LOAD: Duration = Duration::from_secs(10);

/// Every tenant that has been asked for lately.
#[derive(Clone)]
pub(crate) struct Snapshots(Arc<Inner>);

struct Inner {
    tenants: Cache<TenantId, Arc<Cell>>,
    unknown: Cache<TenantId, ()>,
    doors: Doors,
    sides: Doors,
    side_timeout: Duration,
    place: Place,
}

/// One tenant's state, and the turn to load it.
#[derive(Default)]
struct Cell {
    current: ArcSwapOption<Loaded>,
    turn: Mutex<Turn>,
}

/// When the last load began, and whether it failed.
#[derive(Default)]
struct Turn {
    began: Option<Instant>,
    failed: bool,
}

/// Why there is no state to decide from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// No tenant has this id.
    #[error("there is no such tenant")]
    Unknown,
    /// It could not be loaded in time.
    #[error("the tenant's configuration could not be loaded in time; try again")]
    Stale,
}

impl Fault for SnapshotError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Unknown => FaultKind::NotFound,
            Self::Stale => FaultKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "tenant.not_found",
            Self::Stale => "check.stale",
        }
    }
}

impl Snapshots {
    /// Nothing is loaded until it is asked for.
    pub(crate) fn new(db: &gw_db::Db, config: &CheckConfig, place: Place) -> Self {
        let side_timeout = Duration::from_millis(config.side_load_ms);
        let idle = Duration::from_secs(config.idle_tenant_seconds.max(1));
        Self(Arc::new(Inner {
            tenants: Cache::builder().max_capacity(config.max_tenants).time_to_idle(idle).build(),
            unknown: Cache::builder().max_capacity(MAX_UNKNOWN).time_to_live(UNKNOWN_FOR).build(),
            doors: Doors::new(db.clone(), config.loaders, None),
            sides: Doors::new(db.clone(), config.sides, Some(side_timeout)),
            side_timeout,
            place,
        }))
    }

    /// The tenant at this epoch or a later one. Loads only if what is there is older.
    pub(crate) async fn at_least(
        &self,
        tenant: TenantId,
        epoch: Epoch,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        if self.0.unknown.contains_key(&tenant) {
            return Err(SnapshotError::Unknown);
        }
        let cell = self.cell(tenant);
        match cell.current.load_full() {
            Some(loaded) if loaded.snapshot.epoch >= epoch => Ok(loaded),
            _ => self.wait(tenant, cell, Some(epoch)).await,
        }
    }

    /// The tenant as it is no earlier than now. Concurrent callers share one load.
    pub(crate) async fn fresh(&self, tenant: TenantId) -> Result<Arc<Loaded>, SnapshotError> {
        let cell = self.cell(tenant);
        self.wait(tenant, cell, None).await
    }

    /// The tenant while its head is held at `epoch`, on that side connection's own loader.
    pub(crate) async fn under_head(
        &self,
        tenant: TenantId,
        epoch: Epoch,
        side: usize,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let cell = self.cell(tenant);
        let base = cell.current.load_full();
        if let Some(base) = base.as_ref().filter(|base| base.snapshot.epoch >= epoch) {
            return Ok(Arc::clone(base));
        }
        let load = self.0.sides.load_at(side, tenant, base.as_deref(), &self.0.place);
        match tokio::time::timeout(self.0.side_timeout, load).await {
            Ok(Ok(Some(loaded))) => Ok(cell.publish(loaded)),
            Ok(Ok(None)) => Err(SnapshotError::Unknown),
            Ok(Err(error)) => Err(report(tenant, &error)),
            Err(_) => {
                // The head must be let go; the load goes on outside, for whoever asks next.
                let this = self.clone();
                tokio::spawn(async move { this.at_least(tenant, epoch).await });
                Err(SnapshotError::Stale)
            }
        }
    }

    /// Whether snapshots can be loaded.
    pub(crate) fn doors(&self) -> &Doors {
        &self.0.doors
    }

    fn cell(&self, tenant: TenantId) -> Arc<Cell> {
        self.0.tenants.get_with(tenant, Arc::default)
    }

    /// Loads in a task of its own: a caller that gives up does not undo it for the others.
    async fn wait(
        &self,
        tenant: TenantId,
        cell: Arc<Cell>,
        epoch: Option<Epoch>,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let (this, arrived) = (self.clone(), Instant::now());
        let task = tokio::spawn(async move { this.take_turn(tenant, &cell, epoch, arrived).await });
        task.await.unwrap_or(Err(SnapshotError::Stale))
    }

    async fn take_turn(
        &self,
        tenant: TenantId,
        cell: &Cell,
        epoch: Option<Epoch>,
        arrived: Instant,
    ) -> Result<Arc<Loaded>, SnapshotError> {
        let mut turn = cell.turn.lock().await;
        let base = cell.current.load_full();
        let since_arrival = turn.began.is_some_and(|began| began >= arrived);
        if since_arrival && turn.failed {
            return Err(SnapshotError::Stale);
        }
        if let Some(base) = &base {
            let enough = epoch.map_or(since_arrival, |epoch| base.snapshot.epoch >= epoch);
            if enough {
                return Ok(Arc::clone(base));
            }
        }
        (turn.began, turn.failed) = (Some(Instant::now()), true);
        let load = self.0.doors.load(tenant, base.as_deref(), &self.0.place);
        let loaded = match tokio::time::timeout(MAX_LOAD, load).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => return Err(report(tenant, &error)),
            Err(_) => return Err(SnapshotError::Stale),
        };
        turn.failed = false;
        let Some(loaded) = loaded else {
            self.0.unknown.insert(tenant, ());
            self.0.tenants.invalidate(&tenant);
            return Err(SnapshotError::Unknown);
        };
        let loaded = cell.publish(loaded);
        match epoch {
            Some(epoch) if loaded.snapshot.epoch < epoch => Err(SnapshotError::Stale),
            _ => Ok(loaded),
        }
    }
}

impl Cell {
    /// Puts a state in place, unless a newer one is there already, and answers the newest.
    fn publish(&self, loaded: Loaded) -> Arc<Loaded> {
        let loaded = Arc::new(loaded);
        self.current.rcu(|current| match current {
            Some(current) if current.snapshot.epoch > loaded.snapshot.epoch => {
                Some(Arc::clone(current))
            }
            _ => Some(Arc::clone(&loaded)),
        });
        self.current.load_full().unwrap_or(loaded)
    }
}

fn report(tenant: TenantId, error: &LoadError) -> SnapshotError {
    tracing::error!(%tenant, %error, "a tenant could not be loaded");
    SnapshotError::Stale
}
