use std::time::Duration;

use gw_db::{Db, Reason};
use gw_runtime::Worker;
use metrics::counter;
use rand::seq::SliceRandom as _;
use tokio::time::sleep;

use crate::{app::forget, query_error::QueryError, store};

/// However seldom each log's turn comes, somebody who starts late does not let them all wait.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Takes, from every log, the bodies that are past its tenant's retention. Any number of processes
/// may; each log is one's at a time, and has its turn once in a while whoever it is.
pub(crate) fn forgetting(db: Db, every: Duration) -> Worker {
    Worker::new("retention", move |shutdown| {
        let db = db.clone();
        async move {
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return Ok(()),
                    () = sleep(every.min(LONGEST_REST)) => {}
                }
                tokio::select! {
                    () = shutdown.cancelled() => return Ok(()),
                    done = round(&db, every) => done?,
                }
            }
        }
    })
}

/// Goes through every log whose turn it is.
async fn round(db: &Db, every: Duration) -> Result<(), QueryError> {
    let mut tx = db.platform(Reason::Machinery("retention")).await?;
    let mut due = store::retention::due(&mut tx, every).await?;
    drop(tx);
    // Two processes that begin at the same one would meet at every other.
    due.shuffle(&mut rand::rng());
    for tenant in due {
        loop {
            match forget::forget(db, tenant).await {
                Ok(step) => {
                    counter!("gatewright_audit_bodies_forgotten_total").increment(step.bodies);
                    if !step.more {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(%tenant, %error, "a log's old bodies could not be taken");
                    break;
                }
            }
        }
    }
    Ok(())
}
