//! The journal as its caller sees it: hand in a decision, get its record back once it is durable.

use std::sync::Arc;

use gw_crypto::receipt::Receipt;
use gw_kernel::Epoch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Decided, Deciding, Health, JournalError, JournalOptions, SubmitError};

/// What a decision tells its caller, for a [`Deciding`].
pub type AnswerOf<D> = <<D as Deciding>::Decided as Decided>::Answer;

/// What [`Journal::submit`] answers.
pub type SubmitResult<D> = Result<Recorded<AnswerOf<D>>, SubmitError<<D as Deciding>::Refusal>>;

/// A decision whose record is durable.
#[derive(Debug, Clone)]
pub struct Recorded<A> {
    /// What the caller is told.
    pub answer: A,
    /// The record: exactly the bytes of the log's leaf.
    pub body: Vec<u8>,
    /// The gate's signature over them, where each decision has one.
    pub signature: Option<[u8; 64]>,
    /// Its position in the tenant's log.
    pub index: u64,
    /// The epoch it was decided at.
    pub epoch: Epoch,
    /// Proof that the record is in the log.
    pub receipt: Receipt,
}

/// Records decisions in their tenants' logs. Cheap to clone.
pub struct Journal<D: Deciding> {
    shared: Arc<D>,
}

impl<D: Deciding> Clone for Journal<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<D: Deciding> Journal<D> {
    /// Starts the lanes and side connections. They connect by themselves, again and again; until
    /// they have, [`Self::health`] says so and checks wait for their deadlines.
    ///
    /// When `shutdown` is cancelled the lanes finish what has been handed in, and stop.
    ///
    /// # Errors
    /// When the options cannot work with any database.
    pub async fn start(
        options: JournalOptions,
        deciding: Arc<D>,
        shutdown: CancellationToken,
    ) -> Result<Self, JournalError> {
        todo!()
    }

    /// Has a decision recorded, and answers when that is durable: possibly not this decision but
    /// a later one of the same question, if the configuration has moved on, or a block, if a
    /// budget is used up. After `deadline` nothing is written that was not on its way before it.
    ///
    /// `min_epoch` is an epoch that the caller has seen: a log that is not there yet has lost it.
    ///
    /// # Errors
    /// When nothing was recorded, or that cannot be known ([`SubmitError::OutcomeUnknown`]).
    pub async fn submit(
        &self,
        question: Arc<D::Question>,
        decided: D::Decided,
        deadline: Instant,
        min_epoch: Option<Epoch>,
    ) -> SubmitResult<D> {
        todo!()
    }

    /// How it is doing.
    #[must_use]
    pub fn health(&self) -> Health {
        todo!()
    }

    /// Waits until the lanes have stopped, after the shutdown they were started with.
    pub async fn stopped(&self) {
        todo!()
    }
}
