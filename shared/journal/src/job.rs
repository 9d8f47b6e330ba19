//! One check on its way into the log.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use gw_kernel::{Epoch, TenantId};
use tokio::sync::oneshot;

use crate::{AnswerOf, Decided, Deciding, SubmitError, outcome::Told, room::Place};

/// What the caller of [`crate::Journal::submit`] waits for.
pub(crate) type Reply<D> = Result<Told<AnswerOf<D>>, SubmitError<<D as Deciding>::Refusal>>;

/// A check, or a unit of them, that waits to be recorded.
pub(crate) struct Job<D: Deciding> {
    pub(crate) question: Arc<D::Question>,
    pub(crate) decided: D::Decided,
    pub(crate) ticket: Ticket<D>,
    /// How many checks it answers.
    pub(crate) checks: usize,
    /// How much it may take: each is a row.
    pub(crate) reservations: usize,
}

impl<D: Deciding> Job<D> {
    pub(crate) fn new(question: Arc<D::Question>, decided: D::Decided, ticket: Ticket<D>) -> Self {
        let (checks, reservations) = (decided.checks(), decided.reservations().len());
        Self { question, decided, ticket, checks, reservations }
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.decided.tenant()
    }
}

/// What stays the same however often the check is decided again.
pub(crate) struct Ticket<D: Deciding> {
    pub(crate) min_epoch: Option<Epoch>,
    /// How often it was decided at an epoch that had passed.
    pub(crate) stale: u32,
    /// How often its batch was not written.
    pub(crate) failures: u32,
    /// Its batch was refused for what was in it: the next one is its tenant's alone.
    pub(crate) alone: bool,
    pub(crate) fate: Arc<Fate>,
    pub(crate) reply: oneshot::Sender<Reply<D>>,
    /// Its place, or its places, among the checks that may wait at once.
    pub(crate) _place: Place,
}

impl<D: Deciding> Ticket<D> {
    /// Whether the caller has stopped waiting.
    pub(crate) fn abandoned(&self) -> bool {
        self.reply.is_closed() || self.fate.is_abandoned()
    }

    /// Tells the caller; one who has gone does not hear it.
    pub(crate) fn answer(self, reply: Reply<D>) {
        drop(self.reply.send(reply));
    }
}

/// Whether a check's record may have been sent: the caller and the lane both decide on it, once.
#[derive(Debug, Default)]
pub(crate) struct Fate(AtomicU8);

const WAITING: u8 = 0;
const WRITING: u8 = 1;
const ABANDONED: u8 = 2;

impl Fate {
    /// The lane is about to write it. False when the caller has given up: then it must not.
    pub(crate) fn write(&self) -> bool {
        self.swap(WAITING, WRITING)
    }

    /// It was certainly not written, and waits again.
    pub(crate) fn wait_again(&self) {
        self.swap(WRITING, WAITING);
    }

    /// The caller gives up. False when its record may have been sent.
    pub(crate) fn abandon(&self) -> bool {
        self.swap(WAITING, ABANDONED)
    }

    fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }

    fn swap(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}
