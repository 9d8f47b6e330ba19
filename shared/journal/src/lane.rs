//! A lane: batches of many tenants, one or two round trips each, waiting for nobody's head.

use std::{collections::BTreeMap, sync::Arc};

use gw_decision::Ledger;
use gw_kernel::TenantId;
use metrics::histogram;
use tokio::{
    task::yield_now,
    time::{Instant, sleep, timeout},
};

use crate::{
    Decided, Deciding,
    connected::{FIRST_PAUSE, connected},
    connection::Link,
    drive::alongside,
    head::Head,
    heads::{self, Keys},
    intake::{Batch, Next},
    job::Job,
    recording::{forget_the_lost, record, send_back},
    resume::resume,
    settlement::{self, TenantBatch},
    shared::{LINGER, Shared},
};

/// Serves batches until shutdown, over one connection after the other.
pub(crate) async fn run<D: Deciding>(shared: Arc<Shared<D>>, lane: usize) {
    while let Some(mut connection) =
        connected(&shared.target, &shared.lanes_connected, &shared.shutdown).await
    {
        let (link, driving) = connection.parts();
        if alongside(driving, serve(&shared, link, lane)).await.is_none() {
            return;
        }
        drop(connection);
        sleep(FIRST_PAUSE).await;
    }
}

/// Serves batches until the connection is of no more use; none at shutdown.
async fn serve<D: Deciding>(shared: &Arc<Shared<D>>, link: &Link, lane: usize) -> Option<()> {
    loop {
        // Whoever woke with the last batch's answers has their turn first: what they ask next is in the
        // batch then, and a larger one costs less a check.
        yield_now().await;
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
    match resume(shared, link, batch).await {
        Ok(usable) => usable,
        Err(batch) => look_and_serve(shared, link, batch).await,
    }
}

/// Takes the heads, looks what is true under them, and serves the batch.
async fn look_and_serve<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    batch: Batch<D>,
) -> bool {
    let tenants: Vec<TenantId> = batch.keys().copied().collect();
    let mut keys = Keys::default();
    for (tenant, jobs) in &batch {
        keys.add_all(*tenant, jobs);
    }
    let began = Instant::now();
    let locked = heads::lock_free(link, &shared.anchors, &tenants, &keys).await;
    histogram!("gatewright_journal_head_duration_seconds", "by" => "lane").record(began.elapsed());
    match locked {
        Ok((heads, ledgers)) => serve_locked(shared, link, batch, &heads, ledgers).await,
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
    mut ledgers: BTreeMap<TenantId, Ledger>,
) -> bool {
    let mut parts: Vec<TenantBatch<D>> = Vec::with_capacity(batch.len());
    let mut unserved: BTreeMap<TenantId, Vec<Job<D>>> = BTreeMap::new();
    for (tenant, jobs) in batch {
        let Some(head) = heads.get(&tenant) else {
            unserved.insert(tenant, jobs);
            continue;
        };
        let ledger = ledgers.remove(&tenant).unwrap_or_default();
        forget_the_lost(shared, head, &jobs);
        let settled = settlement::settle(head, ledger, jobs, &shared.anchors);
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
    /// Everything that these checks name.
    pub(crate) fn add_all<D: Deciding>(&mut self, tenant: TenantId, jobs: &[Job<D>]) {
        for job in jobs {
            for reservation in job.decided.reservations() {
                self.add(tenant, reservation);
            }
        }
    }
}
