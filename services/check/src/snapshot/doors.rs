//! The connections that snapshots are loaded on. Never from a pool: that may be full of
//! transactions which wait for the very head that a load is needed to release.
#![expect(clippy::disallowed_methods, reason = "the one place that loads snapshots")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gw_db::{Db, DbError, Loader};
use gw_kernel::TenantId;
use metrics::histogram;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    Loaded,
    error::LoadError,
    load::{Place, load},
};

/// A fixed number of loader connections, made on first use and again after they fail.
pub(crate) struct Doors {
    db: Db,
    doors: Vec<Arc<Mutex<Option<Loader>>>>,
    limit: Option<Duration>,
}

/// The right to load on one of the connections.
pub(super) type Door = OwnedMutexGuard<Option<Loader>>;

impl Doors {
    /// As many doors as this; no connection is made yet. With a limit, no statement lasts longer.
    pub(crate) fn new(db: Db, count: usize, limit: Option<Duration>) -> Self {
        Self { db, doors: (0..count.max(1)).map(|_| Arc::default()).collect(), limit }
    }

    /// Whichever door is free first.
    pub(super) async fn any(&self) -> Door {
        free(&self.doors).await
    }

    /// The same, of all but one. There have to be two.
    pub(super) async fn any_but_one(&self) -> Door {
        free(&self.doors[1..]).await
    }

    /// One certain door.
    pub(super) async fn at(&self, door: usize) -> Door {
        Arc::clone(&self.doors[door % self.doors.len()]).lock_owned().await
    }

    /// Makes sure that there is a connection: the question that readiness asks.
    pub(crate) async fn connected(&self) -> Result<(), DbError> {
        let Some(Ok(mut door)) = self.doors.first().map(|door| door.try_lock()) else {
            return Ok(());
        };
        if door.is_none() {
            *door = Some(self.connect().await?);
        }
        Ok(())
    }

    async fn connect(&self) -> Result<Loader, DbError> {
        match self.limit {
            Some(limit) => self.db.loader_within(limit).await,
            None => self.db.loader().await,
        }
    }

    /// Loads. Takes the connection out while it is used: one that fails, or whose load is
    /// abandoned half way, is not used again.
    pub(super) async fn load(
        &self,
        mut door: Door,
        tenant: TenantId,
        base: Option<&Loaded>,
        place: &Place,
    ) -> Result<Option<Loaded>, LoadError> {
        let mut loader = match door.take() {
            Some(loader) => loader,
            None => self.connect().await?,
        };
        let began = Instant::now();
        let mut tx = loader.snapshot(tenant).await?;
        let mut loaded = load(&mut tx, tenant, base, place).await;
        if let Ok(Some(loaded)) = &mut loaded {
            loaded.at = began;
        }
        let result = if loaded.is_ok() { "loaded" } else { "failed" };
        histogram!("gatewright_snapshot_load_duration_seconds", "result" => result)
            .record(began.elapsed());
        if loaded.as_ref().err().is_none_or(LoadError::is_stored) {
            tx.finish().await?;
            *door = Some(loader);
        }
        loaded
    }
}

async fn free(doors: &[Arc<Mutex<Option<Loader>>>]) -> Door {
    let mut now = doors.iter().map(Arc::clone);
    if let Some(door) = now.find_map(|door| door.try_lock_owned().ok()) {
        return door;
    }
    let waiting = doors.iter().map(|door| Box::pin(Arc::clone(door).lock_owned()));
    futures::future::select_all(waiting).await.0
}
