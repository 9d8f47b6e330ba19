//! What is refused is counted: in memory while the minute lasts, in the log when it is over.
//!
//! A refusal leaves no record of its own, or anybody could fill a tenant's log. So each process
//! keeps one number for each source, code and minute, and says it once. A source is somebody who
//! has proven who they are: a key's own secret, a capability's own signature. Whoever proved
//! nothing is counted in the platform's log, all together: a tenant that a stranger merely names
//! hears nothing of it, and nothing that a stranger writes is kept.
//!
//! Everything here is bounded, and nothing waits for it: counting is a lock and an addition, and
//! the worker that records does so with nothing locked. What it could not record it keeps, and says
//! again, at most once. A process that is killed loses the numbers of its current minute; one that
//! ends as it should records them first.

mod ledger;
mod record;
mod source;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gw_kernel::Clock;
use rand::Rng as _;

pub(crate) use source::{Asking, Source};
pub(crate) use worker::worker;

use ledger::{Batch, Ledger};

/// The numbers of this process.
#[derive(Clone)]
pub(crate) struct Refusals(Arc<Inner>);

struct Inner {
    ledger: Mutex<Ledger>,
    clock: Arc<dyn Clock>,
}

impl Refusals {
    /// Nothing was refused yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let mut name = [0u8; 8];
        rand::rng().fill_bytes(&mut name);
        let replica = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let ledger = Mutex::new(Ledger::new(replica, clock.now()));
        Self(Arc::new(Inner { ledger, clock }))
    }

    /// Counts a request that has been answered, if it was refused.
    pub(crate) fn count(&self, asked: Asking) {
        if let Some((tenant, source, code)) = asked.into_refusal() {
            let now = self.0.clock.now();
            self.ledger().count(tenant, source, code, now);
        }
    }

    /// What is to be recorded of the minutes that are over.
    fn over(&self) -> Vec<Batch> {
        let now = self.0.clock.now();
        self.ledger().take(now, &mut rand::rng())
    }

    /// What is to be recorded, of the minute that lasts as well.
    fn all(&self) -> Vec<Batch> {
        let now = self.0.clock.now();
        let mut ledger = self.ledger();
        ledger.close(&mut rand::rng());
        ledger.take(now, &mut rand::rng())
    }

    /// Keeps what could not be recorded; answers how many refusals there was no room for.
    fn keep(&self, batches: Vec<Batch>) -> u64 {
        self.ledger().keep(batches)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
