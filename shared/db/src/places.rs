//! So many of a pool's connections are one tenant's at most, so that the others find some whatever
//! one of them asks for. Whoever is beyond them waits in its own tenant's line.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use gw_kernel::TenantId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::DbError;

/// So many tenants are remembered before those that ask for nothing are looked for.
const REMEMBERED: usize = 1_024;

/// Every tenant's places.
pub(crate) struct Places {
    of_one: usize,
    patience: Duration,
    tenants: Mutex<HashMap<TenantId, Weak<Semaphore>>>,
}

/// A tenant's right to one connection, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place(
    #[expect(dead_code, reason = "dropping it is its use")] OwnedSemaphorePermit,
);

impl Places {
    /// Three quarters of so many connections are one tenant's at most.
    pub(crate) fn new(connections: u32, patience: Duration) -> Self {
        let of_one = (connections as usize * 3 / 4).max(1);
        Self { of_one, patience, tenants: Mutex::default() }
    }

    /// Waits for one of the tenant's places.
    ///
    /// # Errors
    /// [`DbError::TenantBusy`] when none was free for too long.
    pub(crate) async fn take(&self, tenant: TenantId) -> Result<Place, DbError> {
        let line = self.line(tenant).acquire_owned();
        match timeout(self.patience, line).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            _ => Err(DbError::TenantBusy),
        }
    }

    fn line(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = tenants.get(&tenant).and_then(Weak::upgrade) {
            return line;
        }
        if tenants.len() >= REMEMBERED {
            tenants.retain(|_, line| line.strong_count() > 0);
        }
        let line = Arc::new(Semaphore::new(self.of_one));
        tenants.insert(tenant, Arc::downgrade(&line));
        line
    }
}
