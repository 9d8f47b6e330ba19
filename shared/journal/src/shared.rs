//! What the journal's tasks share.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use gw_kernel::{Epoch, TenantId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    DecideError, Deciding, Health, JournalOptions, SubmitError,
    anchors::Anchors,
    intake::Intake,
    job::Job,
    mutex::lock,
    room::{Place, Room},
    target::Target,
};

/// Partitions are made a week ahead; after this long without making any, tomorrow is in doubt.
const DAYS_STAY_GOOD: Duration = Duration::from_secs(5 * 24 * 3600);

/// After shutdown, lanes go on until nothing has come for this long: requests that were being
/// served are still handing in their decisions.
pub(crate) const LINGER: Duration = Duration::from_millis(250);

/// One decision that is not recorded may be made again so often before its caller hears of it.
const MAX_FAILURES: u32 = 3;

pub(crate) struct Shared<D: Deciding> {
    pub(crate) deciding: Arc<D>,
    pub(crate) intake: Intake<D>,
    pub(crate) anchors: Anchors,
    pub(crate) target: Target,
    pub(crate) shutdown: CancellationToken,
    pub(crate) lanes_connected: AtomicUsize,
    pub(crate) sides_connected: AtomicUsize,
    days_made: Mutex<Option<Instant>>,
    room: Arc<Room>,
    lanes: usize,
}

impl<D: Deciding> Shared<D> {
    pub(crate) fn new(
        options: &JournalOptions,
        target: Target,
        deciding: Arc<D>,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            deciding,
            intake: Intake::default(),
            anchors: Anchors::default(),
            target,
            shutdown,
            lanes_connected: AtomicUsize::new(0),
            sides_connected: AtomicUsize::new(0),
            days_made: Mutex::new(None),
            room: Arc::new(Room::new(options.queue)),
            lanes: options.lanes,
        }
    }

    /// A place for so many more checks of this tenant; none when the queue, or the tenant's share
    /// of it, is full, or the lanes have stopped.
    pub(crate) fn place(&self, tenant: TenantId, checks: usize) -> Option<Place> {
        if self.shutdown.is_cancelled() && self.lanes_connected.load(Ordering::Relaxed) == 0 {
            return None;
        }
        self.room.take(tenant, checks)
    }

    /// Has a check decided again, outside of any lock, and takes it back into the queue.
    pub(crate) fn decide_again(self: &Arc<Self>, again: Again<D>, at_least: Epoch) {
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let Again { question, mut ticket } = again;
            let decided = tokio::select! {
                () = ticket.reply.closed() => return,
                decided = shared.deciding.decide(&question, at_least) => decided,
            };
            match decided {
                Ok(decided) => shared.intake.push(Job::new(question, decided, ticket)),
                Err(error) => ticket.answer(Err(error.into())),
            }
        });
    }

    /// A check whose batch was certainly not written: it is decided again, a few times.
    pub(crate) fn retry(self: &Arc<Self>, mut again: Again<D>, at_least: Epoch) {
        again.ticket.fate.wait_again();
        again.ticket.failures += 1;
        if again.ticket.failures < MAX_FAILURES {
            self.decide_again(again, at_least);
        } else {
            again.ticket.answer(Err(SubmitError::JournalUnavailable));
        }
    }

    /// The log has its partitions for the days to come.
    pub(crate) fn days_are_made(&self) {
        *lock(&self.days_made) = Some(Instant::now());
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            lanes: self.lanes,
            lanes_connected: self.lanes_connected.load(Ordering::Relaxed),
            sides_connected: self.sides_connected.load(Ordering::Relaxed),
            queued: self.room.taken(),
            tenants_aside: self.intake.aside(),
            tenants_regressed: self.anchors.regressed(),
            tomorrow: lock(&self.days_made).is_some_and(|at| at.elapsed() < DAYS_STAY_GOOD),
        }
    }
}

/// A check without a decision.
pub(crate) struct Again<D: Deciding> {
    pub(crate) question: Arc<D::Question>,
    pub(crate) ticket: crate::job::Ticket<D>,
}

impl<R> From<DecideError<R>> for SubmitError<R> {
    fn from(error: DecideError<R>) -> Self {
        match error {
            DecideError::Refused(refusal) => Self::Refused(refusal),
            DecideError::Stale => Self::Stale,
        }
    }
}
