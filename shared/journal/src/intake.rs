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

use crate::{Deciding, job::Job, load::Load, mutex::lock};

/// No batch has more tenants.
const MAX_TENANTS: usize = 64;

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

/// The connection that a tenant is with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Lane(usize),
    Side(usize),
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
    holder: Option<Holder>,
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
                let jobs = VecDeque::from([job]);
                place.insert(Waiting { jobs, unknown: None, holder: None });
                state.ready.push_back(tenant);
                self.lanes.notify_one();
            }
        }
    }

    /// Waits for a batch.
    pub(crate) async fn batch(&self, lane: usize) -> Batch<D> {
        loop {
            if let Some(batch) = self.try_batch(lane) {
                return batch;
            }
            self.lanes.notified().await;
        }
    }

    /// What has arrived by now, if anything.
    fn try_batch(&self, lane: usize) -> Option<Batch<D>> {
        let mut state = lock(&self.state);
        let mut batch = Batch::new();
        let mut load = Load::default();
        while batch.len() < MAX_TENANTS {
            let Some(tenant) = state.ready.pop_front() else { break };
            let jobs = state.take(tenant, &mut load);
            if !jobs.is_empty() {
                state.hold(tenant, Holder::Lane(lane));
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
    pub(crate) async fn next_aside(&self, side: usize) -> Aside<D> {
        loop {
            if let Some(aside) = self.try_aside(side) {
                return aside;
            }
            self.sides.notified().await;
        }
    }

    /// A tenant that left the lanes, if there is one.
    fn try_aside(&self, side: usize) -> Option<Aside<D>> {
        let mut state = lock(&self.state);
        while let Some(tenant) = state.aside.pop_front() {
            let jobs = state.take(tenant, &mut Load::default());
            let unknown = state.tenants.get_mut(&tenant).and_then(|w| w.unknown.take());
            if jobs.is_empty() && unknown.is_none() {
                state.tenants.remove(&tenant);
                continue;
            }
            state.hold(tenant, Holder::Side(side));
            state.at_sides += 1;
            if !state.aside.is_empty() {
                self.sides.notify_one();
            }
            return Some(Aside { tenant, jobs, unknown });
        }
        None
    }

    /// A connection lets go of a tenant; checks it did not serve go back to the front.
    pub(crate) fn release(&self, tenant: TenantId, unserved: Vec<Job<D>>, next: Next) {
        let mut state = lock(&self.state);
        self.let_go(&mut state, tenant, unserved, next);
    }

    /// A connection that is no more lets go of all its tenants.
    pub(crate) fn release_all(&self, holder: Holder) {
        let mut state = lock(&self.state);
        let held = state.tenants.iter().filter(|(_, waiting)| waiting.holder == Some(holder));
        let held: Vec<TenantId> = held.map(|(tenant, _)| *tenant).collect();
        for tenant in held {
            self.let_go(&mut state, tenant, Vec::new(), Next::Lanes);
        }
    }

    /// How many tenants are away from the lanes.
    pub(crate) fn aside(&self) -> usize {
        let state = lock(&self.state);
        state.aside.len() + state.at_sides
    }

    fn let_go(&self, state: &mut State<D>, tenant: TenantId, unserved: Vec<Job<D>>, next: Next) {
        let Some(waiting) = state.tenants.get_mut(&tenant) else { return };
        if let Some(Holder::Side(_)) = waiting.holder.take() {
            state.at_sides -= 1;
        }
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
        while let Some(job) =
            waiting.jobs.pop_front_if(|job| load.takes(job.checks, job.reservations))
        {
            jobs.push(job);
        }
        jobs
    }

    fn hold(&mut self, tenant: TenantId, holder: Holder) {
        if let Some(waiting) = self.tenants.get_mut(&tenant) {
            waiting.holder = Some(holder);
        }
    }

    fn has_waiting(&self, tenant: TenantId) -> bool {
        self.tenants.get(&tenant).is_some_and(|waiting| !waiting.jobs.is_empty())
    }
}
