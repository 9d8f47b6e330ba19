//! A side connection: one tenant at a time, whose head it waits for and holds alone.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::join_all};
use gw_kernel::TenantId;
use metrics::histogram;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;

use crate::{
    DecideError, Deciding, SubmitError,
    connected::{FIRST_PAUSE, connected},
    connection::Link,
    drive::alongside,
    head::{Head, ReadError},
    heads::{self, Keys},
    intake::{Aside, Next, Unknown},
    job::Job,
    recording::{MAX_STALE, forget_the_lost, record, send_back},
    settlement::{self, is_stale},
    shared::{LINGER, Shared},
};

/// A head is held no longer than this while its tenant's snapshot is loaded.
const LOAD_PATIENCE: Duration = Duration::from_millis(250);

/// Serves tenants until shutdown, over one connection after the other.
pub(crate) async fn run<D: Deciding>(shared: Arc<Shared<D>>, side: usize) {
    while let Some(mut connection) =
        connected(&shared.target, &shared.sides_connected, &shared.shutdown).await
    {
        let (link, driving) = connection.parts();
        if alongside(driving, serve(&shared, link, side)).await.is_none() {
            return;
        }
        drop(connection);
        sleep(FIRST_PAUSE).await;
    }
}

/// Serves tenants until the connection is of no more use; none at shutdown.
async fn serve<D: Deciding>(shared: &Arc<Shared<D>>, link: &Link, side: usize) -> Option<()> {
    loop {
        let aside = tokio::select! {
            biased;
            aside = shared.intake.next_aside(side) => aside,
            () = link.ended() => return Some(()),
            () = shared.shutdown.cancelled() => {
                timeout(LINGER, shared.intake.next_aside(side)).await.ok()?
            }
        };
        if !serve_tenant(shared, link, side, aside).await {
            return Some(());
        }
    }
}

/// Serves one tenant's checks. False when the connection is of no more use.
async fn serve_tenant<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    side: usize,
    aside: Aside<D>,
) -> bool {
    let Aside { tenant, jobs, unknown } = aside;
    let began = Instant::now();
    let locked = heads::lock_one(link, &shared.anchors, tenant).await;
    histogram!("gatewright_journal_head_duration_seconds", "by" => "side").record(began.elapsed());
    match locked {
        Ok(head) => {
            if let Some(unknown) = unknown
                && !look_up(link, tenant, &unknown).await
            {
                shared.intake.release(tenant, jobs, Next::Side(Some(unknown)));
                return false;
            }
            serve_locked(shared, link, side, &head, jobs).await
        }
        Err(ReadError::Broken(_)) => {
            tracing::error!(%tenant, "the tenant's newest batch cannot be read");
            for job in jobs {
                job.ticket.answer(Err(SubmitError::LogRegressed));
            }
            let usable = link.roll_back().await;
            shared.intake.release(tenant, Vec::new(), Next::Lanes);
            usable
        }
        Err(error) => {
            tracing::warn!(%tenant, error = &error as &dyn std::error::Error, "the tenant's head could not be taken");
            let usable = is_lock_timeout(&error) && link.roll_back().await;
            shared.intake.release(tenant, jobs, Next::Side(unknown));
            usable
        }
    }
}

/// The head is held, so whoever held it before is gone: what was not seen can be looked up. False
/// when it could not be, and the connection is of no more use.
async fn look_up(link: &Link, tenant: TenantId, unknown: &Unknown) -> bool {
    match heads::leaf(link, tenant, unknown.index).await {
        Ok(hash) => {
            let written = hash.is_some_and(|hash| hash == unknown.hash);
            tracing::info!(%tenant, index = unknown.index, written, "the fate of a commit is known");
            true
        }
        Err(error) => {
            tracing::warn!(%tenant, error = &error as &dyn std::error::Error, "a commit's fate could not be looked up");
            false
        }
    }
}

/// Decides what has to be decided now, settles, writes, answers, and hands the tenant back.
async fn serve_locked<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    side: usize,
    head: &Head,
    jobs: Vec<Job<D>>,
) -> bool {
    forget_the_lost(shared, head, &jobs);
    let deciding = jobs.into_iter().map(|job| under_head(shared, side, head, job));
    let jobs: Vec<Job<D>> = join_all(deciding).await.into_iter().flatten().collect();
    let mut keys = Keys::default();
    keys.add_all(head.tenant, &jobs);
    let ledger = match heads::ledgers(link, &keys).await {
        Ok(mut ledgers) => ledgers.remove(&head.tenant).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(tenant = %head.tenant, error = &error as &dyn std::error::Error, "the tenant's ledger could not be read");
            shared.intake.release(head.tenant, jobs, Next::Side(None));
            return false;
        }
    };
    let settled = settlement::settle(head, ledger, jobs, &shared.anchors);
    for job in send_back(shared, settled.stale, head.epoch) {
        job.ticket.answer(Err(SubmitError::Stale));
    }
    let Some(part) = settled.batch else {
        let usable = link.roll_back().await;
        shared.intake.release(head.tenant, Vec::new(), Next::Lanes);
        return usable;
    };
    let recorded = record(shared, link, vec![part]).await;
    for (tenant, next) in recorded.tenants {
        shared.intake.release(tenant, Vec::new(), next);
    }
    recorded.usable
}

/// A check that came too late for the third time is decided while nothing can move.
async fn under_head<D: Deciding>(
    shared: &Shared<D>,
    side: usize,
    head: &Head,
    job: Job<D>,
) -> Option<Job<D>> {
    if !is_stale(head, head.epoch, &job) || job.ticket.stale < MAX_STALE {
        return Some(job);
    }
    let deciding = shared.deciding.decide_under_head(&job.question, head.epoch, side);
    let deciding = timeout(LOAD_PATIENCE, AssertUnwindSafe(deciding).catch_unwind());
    let decided = match deciding.await {
        Ok(Ok(decided)) => decided,
        Ok(Err(_)) | Err(_) => Err(DecideError::Stale),
    };
    match decided {
        Ok(decided) => Some(Job::new(job.question, decided, job.ticket)),
        Err(error) => {
            job.ticket.answer(Err(error.into()));
            None
        }
    }
}

fn is_lock_timeout(error: &ReadError) -> bool {
    matches!(error, ReadError::Postgres(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE))
}
