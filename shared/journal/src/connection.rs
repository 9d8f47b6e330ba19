//! One connection to Postgres, and how it comes back.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::Fuse;
use tokio::{
    runtime::Handle,
    time::{sleep, timeout},
};
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::{drive::Driving, statements::Statements, target::Target};

/// Between a connection that failed and the next one.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A connection, and what moves its bytes.
pub(crate) struct Connection {
    link: Link,
    driving: Driving,
}

impl Connection {
    pub(crate) const fn new(link: Link, driving: Driving) -> Self {
        Self { link, driving }
    }

    /// Both, for [`crate::drive::alongside`].
    pub(crate) fn parts(&mut self) -> (&Link, &mut Driving) {
        (&self.link, &mut self.driving)
    }
}

/// What was sent goes on without whoever sent it: a commit is never cancelled. It ends when that is
/// done, since nobody is left to ask for more.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(mem::replace(&mut self.driving, Fuse::terminated()));
        }
    }
}

/// A connection with its statements.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    warned: Arc<AtomicBool>,
    ended: CancellationToken,
    pub(crate) patience: Duration,
}

impl Link {
    pub(crate) const fn new(
        client: Client,
        statements: Statements,
        warned: Arc<AtomicBool>,
        ended: CancellationToken,
        patience: Duration,
    ) -> Self {
        Self { client, statements, warned, ended, patience }
    }

    /// Forgets the warnings so far.
    pub(crate) fn hush(&self) {
        self.warned.store(false, Ordering::Release);
    }

    /// Whether the server warned since [`Self::hush`].
    pub(crate) fn warned(&self) -> bool {
        self.warned.load(Ordering::Acquire)
    }

    /// Waits until the connection has ended.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Gives up the transaction. False when the connection is no longer of use.
    pub(crate) async fn roll_back(&self) -> bool {
        matches!(timeout(self.patience, self.client.batch_execute("rollback")).await, Ok(Ok(())))
    }
}

/// A connection that is counted while it is up.
pub(crate) struct Counted<'a> {
    connection: Connection,
    up: &'a AtomicUsize,
}

impl Counted<'_> {
    /// As [`Connection::parts`].
    pub(crate) fn parts(&mut self) -> (&Link, &mut Driving) {
        self.connection.parts()
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.up.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Connects, again and again, with longer pauses up to a second. None at shutdown.
pub(crate) async fn connected<'a>(
    target: &Target,
    up: &'a AtomicUsize,
    shutdown: &CancellationToken,
) -> Option<Counted<'a>> {
    let mut pause = FIRST_PAUSE;
    loop {
        match target.connect().await {
            Ok(connection) => {
                up.fetch_add(1, Ordering::Relaxed);
                return Some(Counted { connection, up });
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the journal has no connection"
            ),
        }
        tokio::select! {
            () = shutdown.cancelled() => return None,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}
