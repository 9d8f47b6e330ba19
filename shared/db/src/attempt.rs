//! One attempt at a request that may be sent again: what it does, it does together with its answer.
//!
//! While an attempt runs, a transaction of its caller claims the request before anything else, and
//! its `commit` appends but leaves the transaction open. Whoever shapes the answer ends the
//! attempt: the answer is written in the same transaction, and then it is committed. So a request
//! is done and answered, or neither, and a handler has nothing to think of.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{
    Db, DbError,
    places::Place,
    requests::{Fingerprint, Held, Named, Parked, Repeated, RequestKey},
};

tokio::task_local! {
    static CURRENT: Arc<Attempt>;
}

/// An attempt, and how far it has come. See the module's own words.
#[derive(Default)]
pub struct Attempt(Mutex<Progress>);

#[derive(Default)]
struct Progress {
    named: Option<Arc<Named>>,
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Open,
    Changed(Box<Parked>),
    Repeated(Repeated),
}

/// How an attempt stands when its handler has answered.
#[derive(Debug)]
pub enum Standing {
    /// No caller was named: the request is none of ours.
    Unnamed,
    /// Nothing was committed.
    Unchanged,
    /// A transaction waits to be committed.
    Changed,
    /// Something is known that the handler's answer gives way to.
    Repeated(Repeated),
}

impl Attempt {
    /// Runs a handler within this attempt.
    pub async fn run<F: Future>(self: &Arc<Self>, handler: F) -> F::Output {
        CURRENT.scope(self.clone(), handler).await
    }

    /// Says who calls. Transactions that are opened from here on are claims; those before were
    /// about finding that out.
    pub fn name(&self, db: Db, key: RequestKey, fingerprint: Fingerprint) {
        self.progress().named = Some(Arc::new(Named { db, key, fingerprint }));
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let progress = self.progress();
        match &progress.state {
            State::Repeated(repeated) => Standing::Repeated(repeated.clone()),
            State::Changed(_) => Standing::Changed,
            State::Open if progress.named.is_some() => Standing::Unchanged,
            State::Open => Standing::Unnamed,
        }
    }

    /// Keeps the answer, and commits what was done. Where nothing was, the answer is kept alone;
    /// a twin may have ended meanwhile, and then its answer holds.
    ///
    /// # Errors
    /// When the database fails: nothing was done then, as far as can be known.
    pub async fn keep(self: &Arc<Self>, answer: &[u8]) -> Result<Option<Repeated>, DbError> {
        let (named, state) = self.take();
        let parked = match (named, state) {
            (_, State::Repeated(repeated)) => return Ok(Some(repeated)),
            (None, State::Open) => return Ok(None),
            (_, State::Changed(parked)) => *parked,
            (Some(named), State::Open) => match Claim::unchanged(self, &named).await {
                Ok(parked) => parked,
                Err(DbError::Repeated) => return Ok(self.repeated()),
                Err(error) => return Err(error),
            },
        };
        parked.answer(answer).await?;
        Ok(None)
    }

    /// Commits what was done, if anything was, and keeps no answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(&self) -> Result<(), DbError> {
        match self.take().1 {
            State::Changed(parked) => parked.commit().await,
            State::Open | State::Repeated(_) => Ok(()),
        }
    }

    /// The attempt that this task is within, if there is one and its caller is known.
    fn current() -> Option<(Arc<Self>, Arc<Named>)> {
        let attempt = CURRENT.try_with(Arc::clone).ok()?;
        let named = attempt.progress().named.clone()?;
        Some((attempt, named))
    }

    /// Whether it has a transaction that only waits to be committed.
    fn is_changed(&self) -> bool {
        matches!(self.progress().state, State::Changed(_))
    }

    fn park(&self, parked: Parked) {
        self.progress().state = State::Changed(Box::new(parked));
    }

    /// Says that it is a repetition; the error with which whoever opens a transaction is told.
    fn repeat(&self, repeated: Repeated) -> DbError {
        self.progress().state = State::Repeated(repeated);
        DbError::Repeated
    }

    fn repeated(&self) -> Option<Repeated> {
        match &self.progress().state {
            State::Repeated(repeated) => Some(repeated.clone()),
            State::Open | State::Changed(_) => None,
        }
    }

    fn take(&self) -> (Option<Arc<Named>>, State) {
        let mut progress = self.progress();
        (progress.named.clone(), std::mem::take(&mut progress.state))
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that has no answer, and that nobody else answers while this transaction is open.
pub(crate) struct Claim {
    attempt: Arc<Attempt>,
    held: Held,
}

impl Claim {
    /// Claims the request that this task is about; none where it has no key.
    ///
    /// Leaves the transaction bound to the caller's own tenant.
    ///
    /// # Errors
    /// [`DbError::Repeated`] when it was answered before, or is being answered; what with, the
    /// attempt knows. [`DbError::SecondCommit`] when the attempt has committed already.
    pub(crate) async fn of_this_task(
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, DbError> {
        let Some((attempt, named)) = Attempt::current() else { return Ok(None) };
        Self::take(attempt, named, conn, now).await.map(Some)
    }

    async fn take(
        attempt: Arc<Attempt>,
        named: Arc<Named>,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Self, DbError> {
        if attempt.is_changed() {
            return Err(DbError::SecondCommit);
        }
        match Held::take(named, conn, now).await? {
            Ok(held) => Ok(Self { attempt, held }),
            Err(repeated) => Err(attempt.repeat(repeated)),
        }
    }

    /// One of a request that did nothing: in a transaction of its own.
    async fn unchanged(attempt: &Arc<Attempt>, named: &Arc<Named>) -> Result<Parked, DbError> {
        let mut tx = named.db.begin().await?;
        let now = named.db.clock().now();
        let claim = Self::take(attempt.clone(), named.clone(), &mut tx, now).await?;
        Ok(Parked { tx, held: claim.held, place: None })
    }
}

/// Commits; where there is a claim, leaves that to whoever shapes the answer.
pub(crate) async fn commit(
    tx: Transaction<'static, Postgres>,
    claim: Option<Claim>,
    place: Option<Place>,
) -> Result<(), DbError> {
    match claim {
        Some(Claim { attempt, held }) => attempt.park(Parked { tx, held, place }),
        None => tx.commit().await?,
    }
    Ok(())
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({:?})", self.standing())
    }
}
