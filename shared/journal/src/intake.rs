//! The queue: checks by tenant, and which connection each tenant is with.
//!
//! A tenant is with one connection at a time. What arrives meanwhile waits for the next batch,
//! and nobody else's checks wait behind it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque, hash_map::Entry},
    sync::Mutex,
};

use gw_kernel::TenantId;
use tokio::sync::Notify;

use crate::{Deciding, job::Job, mutex::lock};

/// No batch has more checks.
const MAX_CHECKS: usize = 512;
/// No batch has more tenants.
const MAX_TENANTS: usize = 64;
/// No batch takes more from budgets, whatever a credential names: each is a row that is written
/// while heads are held. A single check with more is a batch of its own.
const MAX_RESERVATIONS: usize = 2048;

/// The checks of one batch, by tenant: in the order in which heads are locked.
pub(crate) type Batch<D> = BTreeMap<TenantId, Vec<Job<D>>>;

/// One tenant that left the lanes, and its checks.
pub(crate) struct Aside<D: Deciding> {
    pub(crate) tenant: TenantId,
    pub(crate) jobs: Vec<Job<D>>,
    pub(crate) unknown: Option<Unknown>,
}

/// A batch that was sent, and whose commit was not seen: its first entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) index: i64,
    pub(crate) day: chrono::NaiveDate,
    pub(crate) hash: Vec<u8>,
}

/// Where a tenant goes when a connection lets go of it.
pub(crate) enum Next {
    /// Back to the lanes.
    Lanes,
    /// To a side connection.
    Side(Option<Unknown>),
}

pub(crate) struct Intake<D: Deciding> {
    state: Mutex<State<D>>,
    lanes: Notify,
    sides: Notify,
}

struct State<D: Deciding> {
    tenants: HashMap<TenantId, Waiting<D>>,
    ready: VecDeque<TenantId>,
    aside: VecDeque<TenantId>,
    at_sides: usize,
}

struct Waiting<D: Deciding> {
    jobs: VecDeque<Job<D>>,
    unknown: Option<Unknown>,
}

impl<D: Deciding> Default for Intake<D> {
    fn default() -> Self {
        let state = State {
            tenants: HashMap::new(),
            ready: VecDeque::new(),
            aside: VecDeque::new(),
            at_sides: 0,
        };
        Self { state: Mutex::new(state), lanes: Notify::new(), sides: Notify::new() }
    }
}

impl<D: Deciding> Intake<D> {
    /// Queues a check behind its tenant's others.
    pub(crate) fn push(&self, job: Job<D>) {
        let tenant = job.tenant();
        let mut state = lock(&self.state);
        match state.tenants.entry(tenant) {
            Entry::Occupied(mut waiting) => waiting.get_mut().jobs.push_back(job),
            Entry::Vacant(place) => {
                place.insert(Waiting { jobs: VecDeque::from([job]), unknown: None });
                state.ready.push_back(tenant);
                self.lanes.notify_one();
            }
        }
    }

    /// Waits for a batch.
    pub(crate) async fn batch(&self) -> Batch<D> {
        loop {
            if let Some(batch) = self.try_batch() {
                return batch;
            }
            self.lanes.notified().await;
        }
    }

    /// What has arrived by now, if anything.
    fn try_batch(&self) -> Option<Batch<D>> {
        let mut state = lock(&self.state);
        let mut batch = Batch::new();
        let mut load = Load::default();
        while batch.len() < MAX_TENANTS {
            let Some(tenant) = state.ready.pop_front() else { break };
            let jobs = state.take(tenant, &mut load);
            if !jobs.is_empty() {
                batch.insert(tenant, jobs);
            } else if state.has_waiting(tenant) {
                state.ready.push_front(tenant);
                break;
            } else {
                state.tenants.remove(&tenant);
            }
        }
        if !state.ready.is_empty() {
            self.lanes.notify_one();
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Waits for a tenant that left the lanes.
    pub(crate) async fn next_aside(&self) -> Aside<D> {
        loop {
            if let Some(aside) = self.try_aside() {
                return aside;
            }
            self.sides.notified().await;
        }
    }

    /// A tenant that left the lanes, if there is one.
    fn try_aside(&self) -> Option<Aside<D>> {
        let mut state = lock(&self.state);
        while let Some(tenant) = state.aside.pop_front() {
            let jobs = state.take(tenant, &mut Load::default());
            let unknown = state.tenants.get_mut(&tenant).and_then(|w| w.unknown.take());
            if jobs.is_empty() && unknown.is_none() {
                state.tenants.remove(&tenant);
                continue;
            }
            state.at_sides += 1;
            if !state.aside.is_empty() {
                self.sides.notify_one();
            }
            return Some(Aside { tenant, jobs, unknown });
        }
        None
    }

    /// A lane lets go of a tenant; checks it did not serve go back to the front.
    pub(crate) fn release(&self, tenant: TenantId, unserved: Vec<Job<D>>, next: Next) {
        let mut state = lock(&self.state);
        self.let_go(&mut state, tenant, unserved, next);
    }

    /// A side connection lets go of a tenant.
    pub(crate) fn release_aside(&self, tenant: TenantId, unserved: Vec<Job<D>>, next: Next) {
        let mut state = lock(&self.state);
        state.at_sides -= 1;
        self.let_go(&mut state, tenant, unserved, next);
    }

    /// How many tenants are away from the lanes.
    pub(crate) fn aside(&self) -> usize {
        let state = lock(&self.state);
        state.aside.len() + state.at_sides
    }

    fn let_go(&self, state: &mut State<D>, tenant: TenantId, unserved: Vec<Job<D>>, next: Next) {
        let Some(waiting) = state.tenants.get_mut(&tenant) else { return };
        for job in unserved.into_iter().rev() {
            waiting.jobs.push_front(job);
        }
        match next {
            Next::Side(unknown) => {
                waiting.unknown = unknown;
                state.aside.push_back(tenant);
                self.sides.notify_one();
            }
            Next::Lanes if waiting.jobs.is_empty() => {
                state.tenants.remove(&tenant);
            }
            Next::Lanes => {
                state.ready.push_back(tenant);
                self.lanes.notify_one();
            }
        }
    }
}

impl<D: Deciding> State<D> {
    /// The tenant's first checks, as many as the batch still takes, without those whose callers
    /// have gone.
    fn take(&mut self, tenant: TenantId, load: &mut Load) -> Vec<Job<D>> {
        let Some(waiting) = self.tenants.get_mut(&tenant) else { return Vec::new() };
        let mut jobs = Vec::new();
        waiting.jobs.retain(|job| !job.ticket.abandoned());
        while let Some(job) = waiting.jobs.pop_front_if(|job| load.takes(job.reservations)) {
            jobs.push(job);
        }
        jobs
    }

    fn has_waiting(&self, tenant: TenantId) -> bool {
        self.tenants.get(&tenant).is_some_and(|waiting| !waiting.jobs.is_empty())
    }
}

/// What a batch carries so far.
#[derive(Debug, Default)]
struct Load {
    checks: usize,
    reservations: usize,
}

impl Load {
    /// Whether it takes one more check, which is counted then. An empty batch takes any.
    fn takes(&mut self, reservations: usize) -> bool {
        let (checks, reserved) = (self.checks + 1, self.reservations + reservations);
        let fits = self.checks == 0 || (checks <= MAX_CHECKS && reserved <= MAX_RESERVATIONS);
        if fits {
            (self.checks, self.reservations) = (checks, reserved);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mut load: Load, each: usize) -> usize {
        std::iter::repeat_with(|| load.takes(each)).take_while(|taken| *taken).count()
    }

    #[test]
    fn a_batch_is_bounded_by_checks_and_by_what_they_take() {
        assert_eq!(taken(Load::default(), 0), MAX_CHECKS);
        assert_eq!(taken(Load::default(), 4), MAX_CHECKS);
        assert_eq!(taken(Load::default(), 64), 32);
        assert_eq!(taken(Load::default(), MAX_RESERVATIONS + 1), 1);
        assert_eq!(taken(Load { checks: 1, reservations: 0 }, MAX_RESERVATIONS + 1), 0);
    }
}
