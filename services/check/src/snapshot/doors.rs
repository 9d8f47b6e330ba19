//! The connections that snapshots are loaded on. Never from a pool: that may be full of
//! transactions which wait for the very head that a load is needed to release.
#![expect(clippy::disallowed_methods, reason = "the one place that loads snapshots")]

use std::time::Duration;

use gw_db::{Db, DbError, Loader};
use gw_kernel::TenantId;
use tokio::sync::{Mutex, MutexGuard};

use super::{
    Loaded,
    error::LoadError,
    load::{Place, load},
};

/// A fixed number of loader connections, made on first use and again after they fail.
pub(crate) struct Doors {
    db: Db,
    doors: Vec<Mutex<Option<Loader>>>,
    limit: Option<Duration>,
}

impl Doors {
    /// As many doors as this; no connection is made yet. With a limit, no statement lasts longer.
    pub(crate) fn new(db: Db, count: usize, limit: Option<Duration>) -> Self {
        Self { db, doors: (0..count.max(1)).map(|_| Mutex::new(None)).collect(), limit }
    }

    /// Loads through whichever door is free first.
    pub(crate) async fn load(
        &self,
        tenant: TenantId,
        base: Option<&Loaded>,
        place: &Place,
    ) -> Result<Option<Loaded>, LoadError> {
        let door = match self.doors.iter().find_map(|door| door.try_lock().ok()) {
            Some(door) => door,
            None => {
                let (door, _, _) =
                    futures::future::select_all(self.doors.iter().map(|d| Box::pin(d.lock())))
                        .await;
                door
            }
        };
        self.load_through(door, tenant, base, place).await
    }

    /// Loads through one certain door.
    pub(crate) async fn load_at(
        &self,
        door: usize,
        tenant: TenantId,
        base: Option<&Loaded>,
        place: &Place,
    ) -> Result<Option<Loaded>, LoadError> {
        let door = self.doors[door % self.doors.len()].lock().await;
        self.load_through(door, tenant, base, place).await
    }

    /// Makes sure that there is a connection: the question that readiness asks.
    pub(crate) async fn connected(&self) -> Result<(), DbError> {
        let Some(Ok(mut door)) = self.doors.first().map(Mutex::try_lock) else {
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

    /// Takes the connection out while it is used: one that fails, or whose load is abandoned
    /// half way, is not used again.
    async fn load_through(
        &self,
        mut door: MutexGuard<'_, Option<Loader>>,
        tenant: TenantId,
        base: Option<&Loaded>,
        place: &Place,
    ) -> Result<Option<Loaded>, LoadError> {
        let mut loader = match door.take() {
            Some(loader) => loader,
            None => self.connect().await?,
        };
        let mut tx = loader.snapshot(tenant).await?;
        let loaded = load(&mut tx, tenant, base, place).await?;
        tx.finish().await?;
        *door = Some(loader);
        Ok(loaded)
    }
}
