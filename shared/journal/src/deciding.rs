//! What the journal asks of the code that decides.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, Utc};
use gw_contracts::{Counted, Entry};
use gw_decision::{Counter, Ledger, Reservation, Use};
use gw_kernel::{Epoch, TenantId};

use crate::{LogSigner, NoteSigner};

/// Decides questions from snapshots; the journal calls it again when a decision came too late.
pub trait Deciding: Send + Sync + 'static {
    /// What is asked: one check, or several that are one unit.
    type Question: Send + Sync + 'static;
    /// An answer that is not yet recorded.
    type Decided: Decided;
    /// Why a question is not answered at all: nothing is appended and nothing is taken.
    type Refusal: Send + 'static;

    /// Loads the tenant until its snapshot is at least `at_least`, and decides. No head is held.
    ///
    /// # Errors
    /// When the question is refused, or no such snapshot can be had.
    fn decide(
        &self,
        question: &Arc<Self::Question>,
        at_least: Epoch,
    ) -> impl Future<Output = Result<Self::Decided, DecideError<Self::Refusal>>> + Send;

    /// Loads the tenant on the loader of side connection `side`, and decides, while that
    /// connection holds the tenant's head at `epoch`: nothing can move it meanwhile.
    ///
    /// # Errors
    /// When the question is refused, or no such snapshot can be had.
    fn decide_under_head(
        &self,
        question: &Arc<Self::Question>,
        epoch: Epoch,
        side: usize,
    ) -> impl Future<Output = Result<Self::Decided, DecideError<Self::Refusal>>> + Send;

    /// The tenant's log lost entries, and an operator said at this moment that it goes on: what is
    /// known of the tenant from before is of a history that is gone, whatever epoch it bears.
    fn forget(&self, tenant: TenantId, acknowledged: DateTime<Utc>);
}

/// Why there is no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideError<R> {
    /// The question is refused, at this epoch.
    Refused(R),
    /// The tenant's snapshot could not be loaded in time.
    Stale,
}

/// A decision that waits to be recorded.
pub trait Decided: Send + 'static {
    /// What the caller is told once the record is durable.
    type Answer: Send + 'static;

    /// Whose log it goes to: from a verified key, never from a path.
    fn tenant(&self) -> TenantId;

    /// The epoch it was decided at.
    fn epoch(&self) -> Epoch;

    /// The newest acknowledgement of lost entries that it was decided after, if there was one.
    fn acknowledged(&self) -> Option<DateTime<Utc>>;

    /// How many checks it answers: one, unless it is a unit. Each may become a record.
    fn checks(&self) -> usize;

    /// What it wants to take.
    fn reservations(&self) -> &[Reservation];

    /// Who signs the tenant's checkpoints.
    fn log_signer(&self) -> &Arc<LogSigner>;

    /// Who signs the checkpoint too, in place of a signature per decision.
    fn cosigner(&self) -> Option<&Arc<NoteSigner>>;

    /// Becomes a block that takes nothing: everything is halted. Said before it is settled.
    fn halt(&mut self);

    /// Takes what it names from the ledger, or becomes a block, and writes its record, which will
    /// have the position `index`; or finds that it repeats another. A unit does so for each of its
    /// checks, in their order, and each record has the position after the one before. The tenant's
    /// head is held, and `now` is the batch's moment: one for all replicas, never before the batch
    /// before. For what takes nothing it may be the moment of the batch before.
    fn settle(self, ledger: &mut Ledger, now: DateTime<Utc>, index: u64) -> Resolved<Self::Answer>;
}

/// What a decision comes to under the head.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly all are of one check: none is worth a box")]
pub enum Resolved<A> {
    /// One check.
    One(Resolution<A>),
    /// Each check of a unit, in their order. They are recorded together, or none of them is.
    Unit(Vec<Resolution<A>>),
}

/// What one check comes to under the head.
#[derive(Debug, Clone)]
pub enum Resolution<A> {
    /// It is recorded.
    Entry(SettledEntry<A>),
    /// What took its key is the answer. Nothing is appended, and nothing taken.
    Repeat(Use),
    /// Its key names another request.
    Conflict,
}

/// A decision that was settled under the head: what will be written.
#[derive(Debug, Clone)]
pub struct SettledEntry<A> {
    /// The leaf.
    pub entry: Entry,
    /// What it counts as: not looked into, only added up.
    pub counted: Counted,
    /// The gate's Ed25519 signature over the leaf's bytes.
    pub signature: Option<[u8; 64]>,
    /// Counters and what they stand at now.
    pub writes: Vec<(String, Counter)>,
    /// Keys that it takes.
    pub uses: Vec<(String, Use)>,
    /// What the caller is told.
    pub answer: A,
}
