//! How often one caller may ask, so that it cannot starve the others.
//!
//! Per replica and in memory: a limit of N is N at each replica, so many at once, and as many again
//! over the minute. What must hold across replicas is a capability's budget, which is counted under
//! the tenant's head. Only callers who have proven who they are have a limiter, and only their own
//! requests take from it: whoever merely names somebody's key takes nothing from its owner.

mod steady;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    InsufficientCapacity, NotUntil, Quota, RateLimiter,
    clock::Clock as _,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use gw_kernel::{ApiKeyId, Clock, TenantId};
use moka::sync::Cache;

use steady::Steady;

/// So many callers are remembered; then those that ask least begin anew.
const MAX_CALLERS: u64 = 100_000;
/// A caller that has not asked for longer than any limit's minute has its whole limit again.
const IDLE: Duration = Duration::from_secs(300);

type Limiter = RateLimiter<NotKeyed, InMemoryState, Steady, NoOpMiddleware<Duration>>;

/// Who is limited: a key, or all agents whose capabilities have one root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Key(ApiKeyId, Option<NonZeroU32>),
    Agent(TenantId, Arc<str>),
}

/// The caller asks more often than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller asks more often than it may; ask again in {retry_after} s")]
pub(crate) struct RateLimited {
    /// In whole seconds, at least one.
    pub(crate) retry_after: u32,
}

/// Why a caller may not ask several checks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// It asks more often than it may.
    Now(RateLimited),
    /// They are more than it may ever ask at once, which is so many.
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

    /// Takes one check from what a key may ask for.
    pub(crate) fn key(&self, key: ApiKeyId, own: Option<NonZeroU32>) -> Result<(), RateLimited> {
        let quota = own.map(Quota::per_minute).or(self.default);
        quota.map_or(Ok(()), |quota| self.take(Who::Key(key, own), quota))
    }

    /// Takes so many checks more from what a key may ask for: all of them or none.
    pub(crate) fn key_takes_more(
        &self,
        key: ApiKeyId,
        own: Option<NonZeroU32>,
        more: usize,
    ) -> Result<(), NoRoom> {
        let quota = own.map(Quota::per_minute).or(self.default);
        let more = NonZeroU32::new(u32::try_from(more).unwrap_or(u32::MAX));
        let (Some(quota), Some(more)) = (quota, more) else { return Ok(()) };
        let limiter = self.limiter(Who::Key(key, own), quota);
        match limiter.check_n(more) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused)) => Err(NoRoom::Now(self.wait(&refused))),
            Err(InsufficientCapacity(most)) => Err(NoRoom::Ever(most)),
        }
    }

    /// Takes one from what the agents of a root may ask for.
    pub(crate) fn agent(&self, tenant: TenantId, root: &str) -> Result<(), RateLimited> {
        let quota = self.default;
        quota.map_or(Ok(()), |quota| self.take(Who::Agent(tenant, root.into()), quota))
    }

    fn take(&self, who: Who, quota: Quota) -> Result<(), RateLimited> {
        self.limiter(who, quota).check().map_err(|refused| self.wait(&refused))
    }

    fn limiter(&self, who: Who, quota: Quota) -> Arc<Limiter> {
        let new = || Arc::new(RateLimiter::direct_with_clock(quota, self.clock.clone()));
        self.limiters.get_with(who, new)
    }

    fn wait(&self, refused: &NotUntil<Duration>) -> RateLimited {
        let wait = refused.wait_time_from(self.clock.now());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let retry_after = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
        RateLimited { retry_after }
    }
}
