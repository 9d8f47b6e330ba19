//! From settled checks to answers: write, and tell everybody what became of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gw_kernel::{Epoch, TenantId};
use metrics::histogram;

use crate::{
    Decided as _, Deciding, SubmitError,
    connection::Link,
    head::Head,
    intake::Next,
    job::Job,
    rows::Rows,
    settlement::TenantBatch,
    shared::{Again, Shared},
    write::{self, Fate},
};

/// The third decision in a row that came too late is made while the head is held.
pub(crate) const MAX_STALE: u32 = 2;

/// What is left when a batch is done.
pub(crate) struct Recorded {
    /// Where each tenant goes.
    pub(crate) tenants: Vec<(TenantId, Next)>,
    /// Whether the connection can go on.
    pub(crate) usable: bool,
}

/// Writes a batch, commits, and answers its callers.
pub(crate) async fn record<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    batch: Vec<TenantBatch<D>>,
) -> Recorded {
    let began = Instant::now();
    let fate = Rows::of(&batch).commit(link).await;
    conclude(shared, link, batch, fate, began.elapsed())
}

/// Answers the callers of a batch of which this became, after it took so long.
pub(crate) fn conclude<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    batch: Vec<TenantBatch<D>>,
    fate: Fate,
    took: Duration,
) -> Recorded {
    measure(&fate, &batch, took);
    log(&fate, &batch);
    let usable = !matches!(fate, Fate::Unknown(_)) && !link.client.is_closed();
    let alone = batch.len() == 1;
    let told = batch.into_iter().map(|part| (part.tenant, tell(shared, part, &fate, alone)));
    Recorded { tenants: told.collect(), usable }
}

/// Tells one tenant's callers, and says who serves the tenant next.
fn tell<D: Deciding>(
    shared: &Arc<Shared<D>>,
    part: TenantBatch<D>,
    fate: &Fate,
    alone: bool,
) -> Next {
    match fate {
        Fate::Committed => {
            shared.anchors.remember(part.tenant, part.anchor());
            part.answer();
            Next::Lanes
        }
        Fate::Moved(found) => {
            decide_again(shared, part, *found);
            Next::Lanes
        }
        Fate::Rejected(_) if alone => {
            part.fail(|| SubmitError::JournalUnavailable);
            Next::Lanes
        }
        Fate::Rejected(_) => {
            retry(shared, part, true);
            Next::Lanes
        }
        Fate::RolledBack(_) => {
            retry(shared, part, false);
            Next::Lanes
        }
        Fate::Unknown(_) => {
            let first = write::first_entry(&part);
            part.fail(|| SubmitError::OutcomeUnknown);
            Next::Side(first)
        }
    }
}

/// Has everything forgotten that is known of the tenant from before its newest acknowledgement,
/// where a check was decided from that.
pub(crate) fn forget_the_lost<D: Deciding>(shared: &Shared<D>, head: &Head, jobs: &[Job<D>]) {
    if let Some(acknowledged) = head.acknowledged
        && jobs.iter().any(|job| job.decided.acknowledged() < head.acknowledged)
    {
        shared.deciding.forget(head.tenant, acknowledged);
    }
}

/// Nothing was written: the checks are decided again.
fn retry<D: Deciding>(shared: &Arc<Shared<D>>, part: TenantBatch<D>, alone: bool) {
    let epoch = part.epoch;
    for mut again in part.again() {
        again.ticket.alone |= alone;
        shared.retry(again, epoch);
    }
}

/// Nothing was written, because the log is not as it was left: the checks are decided again at what was
/// found, and the next batch looks first.
fn decide_again<D: Deciding>(shared: &Arc<Shared<D>>, part: TenantBatch<D>, found: Epoch) {
    shared.anchors.disturbed(part.tenant);
    for mut again in part.again() {
        again.ticket.fate.wait_again();
        again.ticket.stale += 1;
        shared.decide_again(again, found);
    }
}

/// Checks decided at an epoch that has passed: most are decided again outside, at the epoch that
/// was found; those for which that came too late twice are given back, for a side connection.
pub(crate) fn send_back<D: Deciding>(
    shared: &Arc<Shared<D>>,
    stale: Vec<Job<D>>,
    found: Epoch,
) -> Vec<Job<D>> {
    let mut urgent = Vec::new();
    for mut job in stale {
        if job.ticket.stale >= MAX_STALE {
            urgent.push(job);
            continue;
        }
        job.ticket.stale += 1;
        shared.decide_again(Again { question: job.question, ticket: job.ticket }, found);
    }
    urgent
}

fn measure<D: Deciding>(fate: &Fate, batch: &[TenantBatch<D>], took: Duration) {
    let label = match fate {
        Fate::Committed => "committed",
        Fate::Moved(_) => "moved",
        Fate::Rejected(_) => "rejected",
        Fate::RolledBack(_) => "rolled_back",
        Fate::Unknown(_) => "unknown",
    };
    histogram!("gatewright_journal_commit_duration_seconds", "fate" => label).record(took);
    let checks: usize = batch.iter().map(|part| part.records.len()).sum();
    histogram!("gatewright_journal_batch_checks").record(checks as f64);
    histogram!("gatewright_journal_batch_tenants").record(batch.len() as f64);
}

fn log<D: Deciding>(fate: &Fate, batch: &[TenantBatch<D>]) {
    let tenants = batch.len();
    match fate {
        Fate::Committed | Fate::Moved(_) => {}
        Fate::Rejected(why) => tracing::error!(tenants, why, "the database refused a batch"),
        Fate::RolledBack(why) => tracing::warn!(tenants, why, "a batch was rolled back"),
        Fate::Unknown(why) => tracing::error!(tenants, why, "the fate of a commit is unknown"),
    }
}
