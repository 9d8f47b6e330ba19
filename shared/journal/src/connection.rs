//! One connection to Postgres.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::Fuse;
use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::{drive::Driving, statements::Statements};

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
