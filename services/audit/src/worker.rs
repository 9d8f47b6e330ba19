use std::time::Duration;

use gw_db::{Db, Reason};
use gw_runtime::Worker;
use metrics::gauge;
use rand::seq::SliceRandom as _;
use tokio::time::sleep;

use crate::{
    app::follow::{self, PAGE},
    query_error::QueryError,
    store::{self, cursors::Behind},
};

/// Digests every tenant's log as it grows. Any number of processes may; each log is one's at a time.
pub(crate) fn following(db: Db, poll: Duration) -> Worker {
    Worker::new("audit", move |shutdown| {
        let db = db.clone();
        async move {
            let mut rest = poll;
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return Ok(()),
                    () = sleep(rest) => {}
                }
                rest = if round(&db).await? { Duration::ZERO } else { poll };
            }
        }
    })
}

/// Takes a step in every log that has grown; answers whether one was not long enough. A log that
/// only goes on growing is left alone for a while: short steps cost more than what they read.
async fn round(db: &Db) -> Result<bool, QueryError> {
    let (mut behind, near_limits) = look(db).await?;
    let entries: i64 = behind.iter().map(|behind| behind.entries).sum();
    gauge!("gatewright_audit_entries_behind").set(entries as f64);
    gauge!("gatewright_tenants_near_limits").set(near_limits as f64);
    // Two processes that begin at the same one would wait for one another all the way.
    behind.shuffle(&mut rand::rng());
    let mut more = false;
    for Behind { tenant, .. } in behind {
        match follow::digest(db, tenant).await {
            Ok(entries) => more |= entries >= PAGE,
            Err(error) => tracing::error!(%tenant, %error, "a log could not be digested"),
        }
    }
    Ok(more)
}

/// The logs that have grown, and how many tenants are near a limit.
async fn look(db: &Db) -> Result<(Vec<Behind>, i64), QueryError> {
    let mut tx = db.platform(Reason::Machinery("audit")).await?;
    let behind = store::cursors::behind(&mut tx).await?;
    Ok((behind, store::cursors::near_limits(&mut tx).await?))
}
