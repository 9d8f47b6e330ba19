//! One flight: a batch that goes on where its log was left.
//!
//! Where nobody else seems to append to a tenant's log, its head is known before it is taken: it is as
//! the last batch left it. Checks that take nothing are settled on that head, and sent in one message
//! with what it is. Postgres takes the head, looks whether it is so, and writes then and only then.
//! What turns out to have moved costs its checks another decision, and the next batch looks first.

use std::{pin::pin, slice, sync::Arc, task::Poll, time::Instant};

use gw_decision::Ledger;
use gw_kernel::Epoch;
use tokio_postgres::Error;

use crate::{
    Decided as _, Deciding,
    connection::Link,
    head::Head,
    intake::{Batch, Next},
    job::Job,
    recording::conclude,
    rows::{Param, Rows, signed},
    settlement,
    shared::Shared,
    write::{Fate, refused},
};

/// Serves a batch of one tenant in one flight, and answers whether the connection can go on; or gives
/// the batch back, where its heads have to be looked at first.
pub(crate) async fn resume<D: Deciding>(
    shared: &Arc<Shared<D>>,
    link: &Link,
    batch: Batch<D>,
) -> Result<bool, Batch<D>> {
    let Some(head) = left(shared, &batch) else { return Err(batch) };
    let jobs = batch.into_values().flatten().collect();
    let settled = settlement::settle(&head, Ledger::default(), jobs, &shared.anchors);
    let Some(part) = settled.batch else {
        shared.intake.release(head.tenant, settled.stale, Next::Lanes);
        return Ok(true);
    };
    let began = Instant::now();
    let fate = Rows::of(slice::from_ref(&part)).resume(link, &head).await;
    let recorded = conclude(shared, link, vec![part], fate, began.elapsed());
    for (tenant, next) in recorded.tenants {
        shared.intake.release(tenant, Vec::new(), next);
    }
    Ok(recorded.usable)
}

/// The head of the one tenant that the batch is of, as it was left; none where that is not known, or
/// where one of its checks takes something, or knows of something else, or came too late before.
fn left<D: Deciding>(shared: &Shared<D>, batch: &Batch<D>) -> Option<Head> {
    let (tenant, jobs) = batch.first_key_value().filter(|_| batch.len() == 1)?;
    let head = shared.anchors.left(*tenant)?;
    let fits = |job: &Job<D>| {
        let seen = (job.decided.acknowledged(), job.decided.epoch());
        let first = job.ticket.stale == 0 && job.ticket.failures == 0;
        let promised = job.ticket.min_epoch.is_none_or(|epoch| epoch <= head.epoch);
        first && promised && job.reservations == 0 && seen == (head.acknowledged, head.epoch)
    };
    jobs.iter().all(fits).then_some(head)
}

impl Rows<'_> {
    /// Sends one tenant's batch, and hears what became of it. Never cancelled: when the answer does not
    /// come in time, the commit may still happen.
    async fn resume(&self, link: &Link, head: &Head) -> Fate {
        let [entries, batches, counters, uses] = self.counts();
        if counters + uses > 0 {
            // It takes something after all, and has to look at what is left first.
            return Fate::Moved(head.epoch);
        }
        link.hush();
        let mut sending = pin!(self.send(link, head));
        // Polled for the first time, it is sent or it fails.
        let heard = match futures::poll!(sending.as_mut()) {
            Poll::Ready(Err(error)) if error.as_db_error().is_none() => {
                return Fate::RolledBack(error.to_string());
            }
            Poll::Ready(heard) => Ok(heard),
            Poll::Pending => tokio::time::timeout(link.patience, sending).await,
        };
        match heard {
            Err(_) => Fate::Unknown("the commit was not answered in time".to_owned()),
            Ok(Err(error)) if error.as_db_error().is_some() => refused(&error),
            Ok(Err(error)) => Fate::Unknown(error.to_string()),
            Ok(Ok(_)) if link.warned() => {
                Fate::Unknown("the database warned about the commit".to_owned())
            }
            Ok(Ok(([0, 0], found))) => Fate::Moved(found.map_or(head.epoch, Epoch)),
            Ok(Ok((rows, _))) if rows.map(usize::try_from) == [Ok(entries), Ok(batches)] => {
                Fate::Committed
            }
            Ok(Ok((rows, _))) => Fate::Unknown(format!("{rows:?} rows were written")),
        }
    }

    /// Answers how many entries and batches were written, and the epoch that was found, when Postgres
    /// is ready for more: behind the commit.
    async fn send(&self, link: &Link, head: &Head) -> Result<([i64; 2], Option<i64>), Error> {
        let batch = &self.batches;
        let known: [Param<'_>; 5] = [
            &head.tenant.uuid(),
            &signed(head.frontier.size()),
            &head.epoch.0,
            &head.frontier.to_bytes(),
            &head.acknowledged,
        ];
        let new: [Param<'_>; 5] = [
            &batch.sizes[0],
            &batch.epochs[0],
            &batch.frontiers[0],
            &batch.checkpoints[0],
            &batch.tallies[0],
        ];
        let columns = [&known[..], &self.entries.contents(), &new].concat();
        let row = link.client.query_one(&link.statements.resume, &columns).await?;
        Ok(([row.try_get(0)?, row.try_get(1)?], row.try_get(2)?))
    }
}
