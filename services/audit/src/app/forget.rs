//! Forgetting: decisions that are past their tenant's retention lose their bodies.

use gw_db::{Db, Reason};
use gw_kernel::TenantId;

use crate::{query_error::QueryError, store};

/// So many entries are looked at in one transaction.
const PAGE: i32 = 1_000;

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// How many bodies went.
    pub(crate) bodies: u64,
    /// Whether there may be more to do at once.
    pub(crate) more: bool,
}

impl Step {
    const NOTHING: Self = Self { bodies: 0, more: false };
}

/// Takes the next step in a tenant's log.
///
/// The place moves in the transaction that takes the bodies, and only one transaction at a time has
/// it. Nothing is held that a lane, or whoever follows the log, could wait for: entries that old
/// are nobody's but readers'. A retention that was shortened goes on from where the longer one
/// ended, and one that was lengthened waits until it gets there.
#[tracing::instrument(name = "audit.forget", skip_all, fields(%tenant))]
pub(crate) async fn forget(db: &Db, tenant: TenantId) -> Result<Step, QueryError> {
    let mut tx = db.platform(Reason::Machinery("retention")).await?;
    tx.bind(tenant).await?;
    let Some(place) = store::retention::take(&mut tx).await? else { return Ok(Step::NOTHING) };
    let step = match store::retention::days(&mut tx).await? {
        None => Step::NOTHING,
        Some(days) => {
            let forgotten = store::retention::forget(&mut tx, &place, days, PAGE).await?;
            store::retention::set(&mut tx, &forgotten).await?;
            let bodies = u64::try_from(forgotten.bodies).unwrap_or_default();
            Step { bodies, more: forgotten.seen >= i64::from(PAGE) }
        }
    };
    if !step.more {
        store::retention::rest(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(step)
}
