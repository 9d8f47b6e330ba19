use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use gw_kernel::Clock;

/// The time that has passed by the service's clock. Where that goes back nothing has passed, so that
/// a corrected clock lets nobody wait for an hour.
#[derive(Clone)]
pub(super) struct Steady(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    at: DateTime<Utc>,
    passed: Duration,
}

impl Steady {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let seen = Mutex::new(Seen { at: clock.now(), passed: Duration::ZERO });
        Self(Arc::new(Inner { clock, seen }))
    }
}

impl governor::clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.0.clock.now();
        let passed = (now - seen.at).to_std().unwrap_or(Duration::ZERO);
        *seen = Seen { at: now, passed: seen.passed + passed };
        seen.passed
    }
}
