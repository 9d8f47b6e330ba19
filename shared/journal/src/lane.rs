//! A lane: batches of many tenants, two round trips each, waiting for nobody's head.

use std::{collections::BTreeMap, sync::Arc};

use gw_decision::Counters;
use gw_kernel::TenantId;
use tokio::time::{sleep, timeout};

use crate::{
    Decided, Deciding,
    connection::{FIRST_PAUSE, Link, connected},
    head::Head,
    heads::{self, Keys},
    intake::{Batch, Next},
    job::Job,
    recording::{forget_the_lost, record, send_back},
    settlement::{self, TenantBatch},
    shared::{LINGER, Shared},
};

/// Serves batches until shutdown, over one connection after the other.
pub(crate) async fn run<D: Deciding>(shared: Arc<Shared<D>>, lane: usize) {
    while let Some(link) =
        connected(&shared.target, &shared.lanes_connected, &shared.shutdown).await
    {
        if serve(&shared, &link, lane).await.is_none() {
            return;
        }
        drop(link);
        sleep(FIRST_PAUSE).await;
    }
}

/// Serves batches until the connection is of no more use; none at shutdown.
async fn serve<D: Deciding>(shared: &Arc<Shared<D>>, link: &Link, lane: usize) -> Option<()> {
    loop {
        let batch = tokio::select! {
            biased;
            batch = shared.intake.batch(lane) => batch,
            () = link.ended() => return Some(()),
            () = shared.shutdown.cancelled() => timeout(LINGER, shared.intake.batch(lane)).await.ok()?,
        };
        if !serve_batch(shared, link, batch).await {
            return Some(());
        }
    }
}

/// Serves one batch. False when the connection is of no more use.
async fn serve_batch<D: Deciding>(shared: &Arc<Shared<D>>, link: &Link, batch: Batch<D>) -> bool {
    let batch = without_loners(shared, batch);
    if batch.is_empty() {
        return true;
    }
    let tenants: Vec<TenantId> = batch.keys().copied().collect();
    let mut keys = Keys::default();
    for (tenant, jobs) in &batch {
        keys.add_all(*tenant, jobs);
    }
    match heads::lock_free(link, &shared.anchors, &tenants, &keys).await {
        Ok((heads, counters)) => serve_locked(shared, link, batch, &heads, counters).await,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a lane could not read the heads"
            );
            for (tenant, jobs) in batch {
                shared.intake.release(tenant, jobs, Next::Lanes);
            }
            false
        }
    }
}

/// Sends tenants that have to be served alone to the side connections.
fn without_loners<D: Deciding>(shared: &Shared<D>, batch: Batch<D>) -> Batch<D> {
    let mut together = Batch::new();
    for (tenant, jobs) in batch {
        if jobs.iter().any(|job| job.ticket.alone) {
            shared.intake.release(tenant, jobs, Next::Side(None));
        } else {
            together.insert(tenant, jobs);
        }
    }
    together
}

/// Settles, writes and answers. Tenants are let go when the transaction is over, not before.
async fn serve_locked<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    batch: Batch<D>,
    heads: &BTreeMap<TenantId, Head>,
    mut counters: BTreeMap<TenantId, Counters>,
) -> bool {
    let mut parts: Vec<TenantBatch<D>> = Vec::with_capacity(batch.len());
    let mut unserved: BTreeMap<TenantId, Vec<Job<D>>> = BTreeMap::new();
    for (tenant, jobs) in batch {
        let Some(head) = heads.get(&tenant) else {
            unserved.insert(tenant, jobs);
            continue;
        };
        let used = counters.remove(&tenant).unwrap_or_default();
        forget_the_lost(shared, head, &jobs);
        let settled = settlement::settle(head, used, jobs, &shared.anchors);
        unserved.insert(tenant, send_back(shared, settled.stale, head.epoch));
        parts.extend(settled.batch);
    }
    let (mut next, usable) = if parts.is_empty() {
        (BTreeMap::new(), link.roll_back().await)
    } else {
        let recorded = record(shared, link, parts).await;
        (recorded.tenants.into_iter().collect(), recorded.usable)
    };
    for (tenant, jobs) in unserved {
        let next = match next.remove(&tenant) {
            Some(Next::Side(unknown)) => Next::Side(unknown),
            _ if jobs.is_empty() => Next::Lanes,
            _ => Next::Side(None),
        };
        shared.intake.release(tenant, jobs, next);
    }
    usable
}

impl Keys {
    /// Every counter that these checks name.
    pub(crate) fn add_all<D: Deciding>(&mut self, tenant: TenantId, jobs: &[Job<D>]) {
        for job in jobs {
            for reservation in job.decided.reservations() {
                self.add(tenant, reservation.counter_key());
            }
        }
    }
}
