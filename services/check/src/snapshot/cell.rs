use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use gw_kernel::Epoch;
use tokio::sync::Mutex;

use super::{Loaded, error::SnapshotError};

/// What cannot be read now cannot be read in a moment either.
const HOPELESS_FOR: Duration = Duration::from_secs(1);

/// One tenant's state, and the turn to load it.
#[derive(Default)]
pub(super) struct Cell {
    /// The newest state that was loaded.
    pub(super) current: ArcSwapOption<Loaded>,
    /// Held by whoever loads.
    pub(super) turn: Arc<Mutex<Turn>>,
}

/// When the last load began, whether it failed, and until when another would.
#[derive(Default)]
pub(super) struct Turn {
    began: Option<Instant>,
    failed: bool,
    hopeless_until: Option<Instant>,
}

impl Cell {
    /// What is there, if it is of this epoch or a later one.
    pub(super) fn at_least(&self, epoch: Epoch) -> Option<Arc<Loaded>> {
        self.current.load_full().filter(|loaded| loaded.snapshot.epoch >= epoch)
    }

    /// Puts a state in place, unless a newer one is there already, and answers the newest.
    pub(super) fn publish(&self, loaded: Loaded) -> Arc<Loaded> {
        let loaded = Arc::new(loaded);
        self.current.rcu(|current| match current {
            Some(current) if age(current) > age(&loaded) => Some(Arc::clone(current)),
            _ => Some(Arc::clone(&loaded)),
        });
        self.current.load_full().unwrap_or(loaded)
    }
}

/// What a later state has more of.
fn age(loaded: &Loaded) -> (Option<DateTime<Utc>>, Epoch) {
    (loaded.acknowledged, loaded.snapshot.epoch)
}

impl Turn {
    /// What somebody who came at `arrived` is told without another load, if anything: what loads
    /// since then have brought. `None` as the epoch asks for a load that began after the arrival.
    pub(super) fn answer(
        &self,
        cell: &Cell,
        epoch: Option<Epoch>,
        arrived: Instant,
    ) -> Option<Result<Arc<Loaded>, SnapshotError>> {
        let since_arrival = self.began.is_some_and(|began| began >= arrived);
        if since_arrival && self.failed {
            return Some(Err(SnapshotError::Stale));
        }
        let found = match epoch {
            Some(epoch) => cell.at_least(epoch),
            None => cell.current.load_full().filter(|_| since_arrival),
        };
        let hopeless = self.hopeless_until.is_some_and(|until| Instant::now() < until);
        found.map(Ok).or_else(|| hopeless.then_some(Err(SnapshotError::Stale)))
    }

    /// A load begins: it has failed until it has not.
    pub(super) fn begin(&mut self) {
        (self.began, self.failed) = (Some(Instant::now()), true);
    }

    /// What is stored of the tenant cannot be read.
    pub(super) fn give_up(&mut self) {
        self.hopeless_until = Some(Instant::now() + HOPELESS_FOR);
    }

    /// It did not fail.
    pub(super) fn succeed(&mut self) {
        self.failed = false;
    }
}
