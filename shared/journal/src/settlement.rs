//! Settling: what a tenant's checks become, now that its head is held. No I/O.

use std::{
    collections::{BTreeMap, btree_map::Entry as Slot},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use gw_contracts::Entry;
use gw_crypto::{Hash, checkpoint::Checkpoint, merkle, note};
use gw_decision::{Counter, Counters};
use gw_kernel::{Epoch, TenantId};

use crate::{
    AnswerOf, Decided, Deciding, LogSigner, NoteSigner, SubmitError,
    anchors::{Anchor, Anchors},
    head::Head,
    job::{Job, Ticket},
    outcome::Committed,
    shared::Again,
};

/// A tenant's checks, sorted by what becomes of them.
pub(crate) struct Settlement<D: Deciding> {
    /// What is to be written.
    pub(crate) batch: Option<TenantBatch<D>>,
    /// What was decided at an epoch that has passed.
    pub(crate) stale: Vec<Job<D>>,
}

/// One tenant's part of a batch.
pub(crate) struct TenantBatch<D: Deciding> {
    pub(crate) tenant: TenantId,
    /// The newest acknowledgement of lost entries.
    pub(crate) acknowledged: Option<DateTime<Utc>>,
    /// The epoch after the batch.
    pub(crate) epoch: Epoch,
    pub(crate) now: DateTime<Utc>,
    pub(crate) tree: Arc<merkle::Batch>,
    pub(crate) checkpoint: Arc<str>,
    pub(crate) records: Vec<Record<D>>,
    pub(crate) counters: BTreeMap<String, Counter>,
}

/// One check's record, and who waits for it.
pub(crate) struct Record<D: Deciding> {
    pub(crate) question: Arc<D::Question>,
    pub(crate) ticket: Ticket<D>,
    pub(crate) entry: Entry,
    pub(crate) hash: Hash,
    pub(crate) signature: Option<[u8; 64]>,
    pub(crate) epoch: Epoch,
    pub(crate) answer: AnswerOf<D>,
}

/// Settles a tenant's checks in the order in which they arrived.
///
/// Should the settling code panic, the callers hear that their outcome is unknown, nothing is
/// written, and the lane and the tenant go on.
pub(crate) fn settle<D: Deciding>(
    head: &Head,
    used: Counters,
    jobs: Vec<Job<D>>,
    anchors: &Anchors,
) -> Settlement<D> {
    let settling = AssertUnwindSafe(|| settle_in_order(head, used, jobs, anchors));
    catch_unwind(settling).unwrap_or_else(|_| {
        tracing::error!(tenant = %head.tenant, "settling a batch panicked");
        Settlement { batch: None, stale: Vec::new() }
    })
}

fn settle_in_order<D: Deciding>(
    head: &Head,
    mut used: Counters,
    jobs: Vec<Job<D>>,
    anchors: &Anchors,
) -> Settlement<D> {
    let mut settling = Settling::new(head);
    let intact = anchors.holds(head);
    for job in jobs {
        if !intact || lost(head, &job) {
            job.ticket.answer(Err(SubmitError::LogRegressed));
        } else {
            settling.take(job, &mut used);
        }
    }
    settling.finish()
}

/// Whether somebody has seen an epoch, or an acknowledgement, that this log does not have.
fn lost<D: Deciding>(head: &Head, job: &Job<D>) -> bool {
    let seen = (job.decided.acknowledged(), job.decided.epoch());
    seen > (head.acknowledged, head.epoch)
        || job.ticket.min_epoch.is_some_and(|seen| seen > head.epoch)
}

/// Whether it was decided from what was true before the epoch, or before a loss was acknowledged.
pub(crate) fn is_stale<D: Deciding>(head: &Head, epoch: Epoch, job: &Job<D>) -> bool {
    (job.decided.acknowledged(), job.decided.epoch()) < (head.acknowledged, epoch)
}

struct Settling<'a, D: Deciding> {
    head: &'a Head,
    epoch: Epoch,
    position: u64,
    signer: Option<Arc<LogSigner>>,
    cosigners: BTreeMap<String, Arc<NoteSigner>>,
    records: Vec<Record<D>>,
    counters: BTreeMap<String, Counter>,
    stale: Vec<Job<D>>,
}

impl<'a, D: Deciding> Settling<'a, D> {
    fn new(head: &'a Head) -> Self {
        Self {
            head,
            epoch: head.epoch,
            position: head.frontier.size(),
            signer: None,
            cosigners: BTreeMap::new(),
            records: Vec::new(),
            counters: BTreeMap::new(),
            stale: Vec::new(),
        }
    }

    fn take(&mut self, job: Job<D>, used: &mut Counters) {
        if is_stale(self.head, self.epoch, &job) {
            self.stale.push(job);
            return;
        }
        if job.ticket.abandoned() || !job.ticket.fate.write() {
            return;
        }
        let Job { question, decided, ticket, .. } = job;
        let epoch = decided.epoch();
        self.signer.get_or_insert_with(|| Arc::clone(decided.log_signer()));
        if let Some(cosigner) = decided.cosigner()
            && let Slot::Vacant(place) = self.cosigners.entry(cosigner.name.clone())
        {
            place.insert(Arc::clone(cosigner));
        }
        let settled = decided.settle(used, self.head.now);
        self.counters.extend(settled.writes);
        self.position += 1;
        if settled.entry.moves_epoch {
            self.epoch = i64::try_from(self.position).map_or(self.epoch, Epoch);
        }
        self.records.push(Record {
            question,
            ticket,
            hash: merkle::leaf_hash(&settled.entry.body),
            entry: settled.entry,
            signature: settled.signature,
            epoch,
            answer: settled.answer,
        });
    }

    fn finish(self) -> Settlement<D> {
        let Some(signer) = self.signer else {
            return Settlement { batch: None, stale: self.stale };
        };
        let leaves = self.records.iter().map(|record| record.hash).collect();
        let tree = merkle::Batch::new(self.head.frontier.clone(), leaves);
        let cosigners: Vec<&NoteSigner> = self.cosigners.values().map(AsRef::as_ref).collect();
        let checkpoint = sign(&signer, &cosigners, tree.size(), tree.root());
        let batch = TenantBatch {
            tenant: self.head.tenant,
            acknowledged: self.head.acknowledged,
            epoch: self.epoch,
            now: self.head.now,
            tree: Arc::new(tree),
            checkpoint: checkpoint.into(),
            records: self.records,
            counters: self.counters,
        };
        Settlement { batch: Some(batch), stale: self.stale }
    }
}

/// The signed note over a log's size and root.
pub(crate) fn sign(log: &LogSigner, cosigners: &[&NoteSigner], size: u64, root: Hash) -> String {
    let checkpoint = Checkpoint { origin: log.origin.clone(), size, root };
    let mut signers = vec![note::Signer { name: &log.origin, key: &log.key }];
    signers.extend(cosigners.iter().map(|c| note::Signer { name: &c.name, key: &c.key }));
    checkpoint.sign(&signers)
}

impl<D: Deciding> TenantBatch<D> {
    /// What callers are about to be told of the log.
    pub(crate) fn anchor(&self) -> Anchor {
        Anchor {
            prev: self.tree.before().size(),
            size: self.tree.size(),
            frontier: self.tree.after().to_bytes(),
            acknowledged: self.acknowledged,
        }
    }

    /// Tells every caller that its record is durable.
    pub(crate) fn answer(self) {
        let first = self.tree.before().size();
        for (index, record) in (first..).zip(self.records) {
            record.ticket.answer(Ok(Committed {
                answer: record.answer,
                body: record.entry.body,
                signature: record.signature,
                index,
                epoch: record.epoch,
                tree: Arc::clone(&self.tree),
                checkpoint: Arc::clone(&self.checkpoint),
            }));
        }
    }

    /// Tells every caller the same.
    pub(crate) fn fail(self, error: impl Fn() -> SubmitError<D::Refusal>) {
        for record in self.records {
            record.ticket.answer(Err(error()));
        }
    }

    /// The checks again, without their decisions.
    pub(crate) fn again(self) -> impl Iterator<Item = Again<D>> {
        self.records
            .into_iter()
            .map(|record| Again { question: record.question, ticket: record.ticket })
    }
}
