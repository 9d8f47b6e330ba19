//! How often one caller, and one tenant, may ask, so that it cannot starve the others.
//!
//! Per replica and in memory: a limit of N is N at each replica, so many at once, and as many again
//! over the minute. What must hold across replicas is a capability's budget, which is counted under
//! the tenant's head. A tenant's limit is that of all its callers together, and comes after theirs:
//! whoever is over its own takes nothing from its tenant's. Only callers who have proven who they
//! are have a limiter, and only their own requests take from it: whoever merely names somebody's
//! key takes nothing from its owner.

mod standing;
mod steady;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    InsufficientCapacity, Quota, RateLimiter,
    clock::Clock as _,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use gw_kernel::{ApiKeyId, Clock, TenantId};
use moka::sync::Cache;

use standing::Of;
pub(crate) use standing::Standing;
use steady::Steady;

/// So many callers are remembered; then those that ask least begin anew.
const MAX_CALLERS: u64 = 100_000;
/// A caller that has not asked for longer than any limit's minute has its whole limit again.
const IDLE: Duration = Duration::from_secs(300);

type Limiter = RateLimiter<NotKeyed, InMemoryState, Steady, StateInformationMiddleware>;

/// Who is limited: a key, all agents whose capabilities have one root, or a whole tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Key(ApiKeyId, Option<NonZeroU32>),
    Agent(TenantId, Arc<str>),
    Tenant(TenantId, NonZeroU32),
}

/// The caller, or its tenant, asks more often than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {} asks more often than it may; ask again in {} s", .0.of, .0.reset)]
pub(crate) struct RateLimited(Standing);

impl RateLimited {
    /// The limit that was met.
    pub(crate) const fn standing(self) -> Standing {
        self.0
    }

    /// In whole seconds, at least one.
    pub(crate) const fn retry_after(self) -> u32 {
        self.0.reset
    }

    /// What it is called.
    pub(crate) const fn code(self) -> &'static str {
        match self.0.of {
            Of::Caller => "caller.rate_limited",
            Of::Tenant => "limit.checks_per_second",
        }
    }
}

/// Why a caller may not ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// It, or its tenant, asks more often than it may.
    Now(RateLimited),
    /// They are more checks than it may ever ask at once, which is so many.
    Ever(u32),
}

/// Every caller's limiter.
#[derive(Clone)]
pub(crate) struct CallerLimits {
    /// Of keys without a limit of their own, and of agents.
    default: Option<Quota>,
    limiters: Cache<Who, Arc<Limiter>>,
    clock: Steady,
}

impl CallerLimits {
    /// `per_second` is for callers without a limit of their own; 0 is no limit.
    pub(crate) fn new(per_second: u32, clock: Arc<dyn Clock>) -> Self {
        Self {
            default: NonZeroU32::new(per_second).map(Quota::per_second),
            limiters: Cache::builder().max_capacity(MAX_CALLERS).time_to_idle(IDLE).build(),
            clock: Steady::new(clock),
        }
    }

    /// Takes so many checks from what a key may ask for, all or none; how that stands then, where
    /// there is a limit.
    pub(crate) fn key(
        &self,
        key: ApiKeyId,
        own: Option<NonZeroU32>,
        checks: NonZeroU32,
    ) -> Result<Option<Standing>, NoRoom> {
        let quota = own.map(Quota::per_minute).or(self.default);
        let take = |quota| self.take(Who::Key(key, own), Of::Caller, quota, checks);
        quota.map(take).transpose()
    }

    /// Takes one from what the agents of a root may ask for.
    pub(crate) fn agent(&self, tenant: TenantId, root: &str) -> Result<Option<Standing>, NoRoom> {
        let who = || Who::Agent(tenant, root.into());
        let take = |quota| self.take(who(), Of::Caller, quota, NonZeroU32::MIN);
        self.default.map(take).transpose()
    }

    /// Takes so many from what all of a tenant's callers may ask for together, all or none.
    pub(crate) fn tenant(
        &self,
        tenant: TenantId,
        per_second: NonZeroU32,
        checks: NonZeroU32,
    ) -> Result<Option<Standing>, NoRoom> {
        let quota = Quota::per_second(per_second);
        self.take(Who::Tenant(tenant, per_second), Of::Tenant, quota, checks).map(Some)
    }

    fn take(&self, who: Who, of: Of, quota: Quota, checks: NonZeroU32) -> Result<Standing, NoRoom> {
        let limiter = self.limiters.get_with(who, || {
            let limiter = RateLimiter::direct_with_clock(quota, self.clock.clone());
            Arc::new(limiter.with_middleware())
        });
        match limiter.check_n(checks) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                Ok(Standing::new(of, quota, remaining, quota.replenish_interval()))
            }
            Ok(Err(refused)) => {
                let wait = refused.wait_time_from(self.clock.now());
                Err(NoRoom::Now(RateLimited(Standing::new(of, quota, 0, wait))))
            }
            Err(InsufficientCapacity(most)) => Err(NoRoom::Ever(most)),
        }
    }
}
