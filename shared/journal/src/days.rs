//! The log's partitions: one for each day, made a week ahead.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use crate::{Deciding, drive::alongside, shared::Shared};

const HOUR: Duration = Duration::from_secs(3600);
const PAUSE: Duration = Duration::from_secs(1);

/// Makes the days to come, at start and every hour.
pub(crate) async fn run<D: Deciding>(shared: Arc<Shared<D>>) {
    loop {
        let pause = if ensure(&shared).await { HOUR } else { PAUSE };
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

async fn ensure<D: Deciding>(shared: &Shared<D>) -> bool {
    let Ok(mut connection) = shared.target.connect().await else { return false };
    let (link, driving) = connection.parts();
    let making = alongside(driving, link.client.query_one(&link.statements.ensure_days, &[]));
    match timeout(shared.target.patience, making).await {
        Ok(Ok(_)) => {
            shared.days_are_made();
            true
        }
        Ok(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the log's partitions could not be made"
            );
            false
        }
        Err(_) => false,
    }
}
