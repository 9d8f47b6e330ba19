//! Settling: what a tenant's checks become, now that its head is held. No I/O.

use std::{
    collections::{BTreeMap, btree_map::Entry as Slot},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use gw_contracts::{Entry, Tally};
use gw_crypto::{Hash, checkpoint::Checkpoint, merkle, note};
use gw_decision::{Counter, Ledger, Use};
use gw_kernel::{Epoch, TenantId};

use crate::{
    AnswerOf, Decided, Deciding, LogSigner, NoteSigner, Resolution, Resolved, SettledEntry,
    SubmitError,
    anchors::{Anchor, Anchors},
    head::Head,
    job::{Job, Ticket},
    outcome::{Committed, Told},
    shared::Again,
    unit::{Part, Unit},
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
    /// Nobody else had appended since the batch that callers were told about before.
    pub(crate) undisturbed: bool,
    pub(crate) now: DateTime<Utc>,
    pub(crate) tree: Arc<merkle::Batch>,
    pub(crate) checkpoint: Arc<str>,
    /// What its records count as, as it is stored.
    pub(crate) tally: String,
    pub(crate) records: Vec<Record<D>>,
    pub(crate) counters: BTreeMap<String, Counter>,
    pub(crate) uses: BTreeMap<String, Use>,
    pub(crate) repeats: Vec<Repeat<D>>,
    pub(crate) units: Vec<Unit<D>>,
}

/// One check's record, and who waits for it.
pub(crate) struct Record<D: Deciding> {
    /// None where a unit waits, for this one and others.
    pub(crate) caller: Option<Again<D>>,
    pub(crate) entry: Entry,
    pub(crate) hash: Hash,
    pub(crate) signature: Option<[u8; 64]>,
    pub(crate) epoch: Epoch,
    pub(crate) answer: AnswerOf<D>,
}

/// A check whose key an earlier one of its own batch takes: nothing is true of it before that one
/// is durable.
pub(crate) struct Repeat<D: Deciding> {
    pub(crate) question: Arc<D::Question>,
    pub(crate) ticket: Ticket<D>,
    /// None where another request took it.
    pub(crate) taken: Option<Use>,
}

/// Settles a tenant's checks in the order in which they arrived.
///
/// Should the settling code panic, the callers hear that their outcome is unknown, nothing is
/// written, and the lane and the tenant go on.
pub(crate) fn settle<D: Deciding>(
    head: &Head,
    ledger: Ledger,
    jobs: Vec<Job<D>>,
    anchors: &Anchors,
) -> Settlement<D> {
    let settling = AssertUnwindSafe(|| settle_in_order(head, ledger, jobs, anchors));
    catch_unwind(settling).unwrap_or_else(|_| {
        tracing::error!(tenant = %head.tenant, "settling a batch panicked");
        Settlement { batch: None, stale: Vec::new() }
    })
}

fn settle_in_order<D: Deciding>(
    head: &Head,
    mut ledger: Ledger,
    jobs: Vec<Job<D>>,
    anchors: &Anchors,
) -> Settlement<D> {
    let mut settling = Settling::new(head);
    let intact = anchors.holds(head);
    for job in jobs {
        if !intact || lost(head, &job) {
            job.ticket.answer(Err(SubmitError::LogRegressed));
        } else {
            settling.take(job, &mut ledger);
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
    tally: Tally,
    counters: BTreeMap<String, Counter>,
    uses: BTreeMap<String, Use>,
    repeats: Vec<Repeat<D>>,
    units: Vec<Unit<D>>,
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
            tally: Tally::default(),
            counters: BTreeMap::new(),
            uses: BTreeMap::new(),
            repeats: Vec::new(),
            units: Vec::new(),
            stale: Vec::new(),
        }
    }

    fn take(&mut self, job: Job<D>, ledger: &mut Ledger) {
        if is_stale(self.head, self.epoch, &job) {
            self.stale.push(job);
            return;
        }
        if job.ticket.abandoned() || !job.ticket.fate.write() {
            return;
        }
        let Job { question, mut decided, ticket, .. } = job;
        if self.head.halted {
            decided.halt();
        }
        let (epoch, cosigner) = (decided.epoch(), decided.cosigner().map(Arc::clone));
        self.signer.get_or_insert_with(|| Arc::clone(decided.log_signer()));
        match decided.settle(ledger, self.head.now, self.position) {
            Resolved::One(Resolution::Entry(settled)) => {
                self.cosign(cosigner);
                self.append(Some(Again { question, ticket }), epoch, settled);
            }
            Resolved::One(Resolution::Repeat(taken)) if taken.index < self.head.frontier.size() => {
                ticket.answer(Ok(Told::Repeated(taken)));
            }
            Resolved::One(Resolution::Repeat(taken)) => {
                self.repeats.push(Repeat { question, ticket, taken: Some(taken) });
            }
            Resolved::One(Resolution::Conflict) if self.uses.is_empty() => {
                ticket.answer(Err(SubmitError::Conflict));
            }
            Resolved::One(Resolution::Conflict) => {
                self.repeats.push(Repeat { question, ticket, taken: None });
            }
            Resolved::Unit(each) => {
                self.take_unit(Again { question, ticket }, epoch, cosigner, each);
            }
        }
    }

    /// A unit's caller is told everything at once: what it repeats, too, when its own records are
    /// durable.
    fn take_unit(
        &mut self,
        caller: Again<D>,
        epoch: Epoch,
        cosigner: Option<Arc<NoteSigner>>,
        each: Vec<Resolution<AnswerOf<D>>>,
    ) {
        let mut parts = Vec::with_capacity(each.len());
        for resolution in each {
            parts.push(match resolution {
                Resolution::Entry(settled) => {
                    self.cosign(cosigner.clone());
                    self.append(None, epoch, settled);
                    Part::Recorded
                }
                Resolution::Repeat(taken) => Part::Repeated(taken),
                Resolution::Conflict => Part::Conflict,
            });
        }
        self.units.push(Unit { caller, parts });
    }

    fn cosign(&mut self, cosigner: Option<Arc<NoteSigner>>) {
        if let Some(cosigner) = cosigner
            && let Slot::Vacant(place) = self.cosigners.entry(cosigner.name.clone())
        {
            place.insert(cosigner);
        }
    }

    fn append(
        &mut self,
        caller: Option<Again<D>>,
        epoch: Epoch,
        settled: SettledEntry<AnswerOf<D>>,
    ) {
        self.counters.extend(settled.writes);
        self.uses.extend(settled.uses);
        self.position += 1;
        if settled.entry.moves_epoch {
            self.epoch = i64::try_from(self.position).map_or(self.epoch, Epoch);
        }
        self.tally.add(settled.counted);
        self.records.push(Record {
            caller,
            hash: merkle::leaf_hash(&settled.entry.body),
            entry: settled.entry,
            signature: settled.signature,
            epoch,
            answer: settled.answer,
        });
    }

    fn finish(self) -> Settlement<D> {
        let Some(signer) = self.signer.filter(|_| !self.records.is_empty()) else {
            // Nothing is recorded, so whatever they repeat has been durable before.
            self.units.into_iter().for_each(|unit| unit.answer(&mut std::iter::empty()));
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
            undisturbed: self.head.undisturbed(),
            now: self.head.now,
            tree: Arc::new(tree),
            checkpoint: checkpoint.into(),
            tally: self.tally.to_json(),
            records: self.records,
            counters: self.counters,
            uses: self.uses,
            repeats: self.repeats,
            units: self.units,
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
            epoch: self.epoch,
            at: self.now,
            undisturbed: self.undisturbed,
        }
    }

    /// Tells every caller that its record is durable.
    pub(crate) fn answer(self) {
        let first = self.tree.before().size();
        let mut of_units = Vec::new();
        for (index, record) in (first..).zip(self.records) {
            let committed = Committed {
                answer: record.answer,
                body: record.entry.body,
                signature: record.signature,
                index,
                epoch: record.epoch,
                tree: Arc::clone(&self.tree),
                checkpoint: Arc::clone(&self.checkpoint),
            };
            match record.caller {
                Some(caller) => caller.ticket.answer(Ok(Told::Committed(committed))),
                None => of_units.push(committed),
            }
        }
        let mut of_units = of_units.into_iter();
        self.units.into_iter().for_each(|unit| unit.answer(&mut of_units));
        for repeat in self.repeats {
            repeat.ticket.answer(repeat.taken.map(Told::Repeated).ok_or(SubmitError::Conflict));
        }
    }

    /// Tells every caller the same.
    pub(crate) fn fail(self, error: impl Fn() -> SubmitError<D::Refusal>) {
        for caller in self.again() {
            caller.ticket.answer(Err(error()));
        }
    }

    /// The checks again, without their decisions.
    pub(crate) fn again(self) -> impl Iterator<Item = Again<D>> {
        let repeats = self.repeats.into_iter();
        let repeats = repeats.map(|Repeat { question, ticket, .. }| Again { question, ticket });
        let units = self.units.into_iter().map(|unit| unit.caller);
        let records = self.records.into_iter().filter_map(|record| record.caller);
        records.chain(repeats).chain(units)
    }
}
