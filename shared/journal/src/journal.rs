//! The journal as its caller sees it: hand in a decision, get its record back once it is durable.

use std::sync::Arc;

use gw_crypto::receipt::Receipt;
use gw_decision::Use;
use gw_kernel::Epoch;
use metrics::histogram;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Decided, Deciding, Health, JournalError, JournalOptions, SubmitError,
    job::{Fate, Job, Ticket},
    shared::Shared,
    supervision::{Task, supervise},
    target::Target,
};

/// What a decision tells its caller, for a [`Deciding`].
pub type AnswerOf<D> = <<D as Deciding>::Decided as Decided>::Answer;

/// What [`Journal::submit`] answers.
pub type SubmitResult<D> = Result<Submitted<AnswerOf<D>>, SubmitError<<D as Deciding>::Refusal>>;

/// What became of a decision.
#[derive(Debug, Clone)]
pub enum Submitted<A> {
    /// Its record is durable.
    Recorded(Recorded<A>),
    /// The very same was decided before: the durable record at this position is its answer, and
    /// nothing was appended.
    Repeated(Use),
    /// What became of each check of a unit, in their order; none where its key names another
    /// request, and nothing was appended for it. What was recorded of it is durable, all of it.
    Unit(Vec<Option<Submitted<A>>>),
}

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
    shared: Arc<Shared<D>>,
    tasks: TaskTracker,
}

impl<D: Deciding> Clone for Journal<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), tasks: self.tasks.clone() }
    }
}

impl<D: Deciding> std::fmt::Debug for Journal<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("health", &self.health()).finish_non_exhaustive()
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
        if options.lanes == 0 || options.sides == 0 || options.queue == 0 {
            return Err(JournalError::NoCapacity);
        }
        let target = Target::new(&options.connect, options.commit_timeout)?;
        let shared = Arc::new(Shared::new(&options, target, deciding, shutdown));
        let tasks = TaskTracker::new();
        let lanes = (0..options.lanes).map(Task::Lane);
        let sides = (0..options.sides).map(Task::Side);
        for task in lanes.chain(sides).chain([Task::Days]) {
            tasks.spawn(supervise(Arc::clone(&shared), task));
        }
        tasks.close();
        Ok(Self { shared, tasks })
    }

    /// Has a decision recorded, and answers when that is durable: possibly not this decision but
    /// a later one of the same question, if the configuration has moved on, a block, if a budget
    /// is used up, or an earlier one, if the caller's key says that it is the same. After `deadline` nothing is written that was not on its way before it.
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
        let Some(place) = self.shared.place(decided.tenant(), decided.checks()) else {
            return Err(SubmitError::JournalUnavailable);
        };
        let (reply, answer) = oneshot::channel();
        let fate = Arc::new(Fate::default());
        let ticket = Ticket {
            min_epoch,
            stale: 0,
            failures: 0,
            alone: false,
            fate: Arc::clone(&fate),
            reply,
            _place: place,
        };
        let began = Instant::now();
        self.shared.intake.push(Job::new(question, decided, ticket));
        let answer = timeout_at(deadline, answer).await;
        histogram!("gatewright_decision_duration_seconds").record(began.elapsed());
        match answer {
            Ok(Ok(Ok(told))) => Ok(told.into_submitted()),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) | Err(_) if fate.abandon() => Err(SubmitError::JournalUnavailable),
            Ok(Err(_)) | Err(_) => Err(SubmitError::OutcomeUnknown),
        }
    }

    /// How it is doing.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Waits until the lanes have stopped, after the shutdown they were started with.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}
