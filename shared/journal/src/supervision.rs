//! The journal's tasks, and what becomes of one that panics: it begins again, and what it held
//! is let go of.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use tokio::time::sleep;

use crate::{Deciding, connected::FIRST_PAUSE, days, intake::Holder, lane, shared::Shared, side};

/// What runs for as long as the journal does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task {
    Days,
    Lane(usize),
    Side(usize),
}

/// Runs a task until shutdown, again after each panic.
///
/// The callers of the checks that it had in hand hear of it at once, since their tickets are
/// gone; the connection is closed, which rolls back what it had begun; and its tenants go back to
/// the lanes with whatever waits for them.
pub(crate) async fn supervise<D: Deciding>(shared: Arc<Shared<D>>, task: Task) {
    while AssertUnwindSafe(run(Arc::clone(&shared), task)).catch_unwind().await.is_err() {
        tracing::error!(?task, "a task of the journal panicked and begins again");
        if let Some(holder) = task.holder() {
            shared.intake.release_all(holder);
        }
        sleep(FIRST_PAUSE).await;
    }
}

async fn run<D: Deciding>(shared: Arc<Shared<D>>, task: Task) {
    match task {
        Task::Days => days::run(shared).await,
        Task::Lane(lane) => lane::run(shared, lane).await,
        Task::Side(side) => side::run(shared, side).await,
    }
}

impl Task {
    fn holder(self) -> Option<Holder> {
        match self {
            Self::Days => None,
            Self::Lane(lane) => Some(Holder::Lane(lane)),
            Self::Side(side) => Some(Holder::Side(side)),
        }
    }
}
