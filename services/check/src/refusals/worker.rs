use std::{collections::HashSet, time::Duration};

use gw_db::Db;
use gw_runtime::Worker;
use tokio::time::{sleep, timeout};

use super::{Batch, Refusals, record::Unrecorded, record::record};

/// How often it looks whether a minute is over.
const TICK: Duration = Duration::from_secs(1);
/// How long it rests when something could not be recorded.
const REST: Duration = Duration::from_secs(5);
/// How long recording may take when the process ends.
const LAST: Duration = Duration::from_secs(4);

/// Records what was refused, each minute when it is over, and the last one at the end.
pub(crate) fn worker(db: Db, refusals: Refusals) -> Worker {
    Worker::new("refusals", move |shutdown| {
        let (db, refusals) = (db.clone(), refusals.clone());
        async move {
            let mut rest = TICK;
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = sleep(rest) => {}
                }
                rest = if settle(&db, &refusals, refusals.over()).await { TICK } else { REST };
            }
            let last = settle(&db, &refusals, refusals.all());
            if timeout(LAST, last).await.is_err() {
                tracing::warn!("what was refused last could not be recorded in time");
            }
            Ok(())
        }
    })
}

/// Records these; answers whether all of them are.
async fn settle(db: &Db, refusals: &Refusals, batches: Vec<Batch>) -> bool {
    let mut kept = Vec::new();
    let mut failed = HashSet::new();
    let mut away = false;
    for mut batch in batches {
        // A tenant's minutes are recorded in their order, or not yet.
        if away || failed.contains(&batch.tenant) {
            kept.push(batch);
            continue;
        }
        let (tenant, error) = match record(db, &mut batch).await {
            Ok(()) => continue,
            Err(Unrecorded::NoLog) => (batch.tenant, None),
            Err(Unrecorded::Away(error)) => {
                away = true;
                (batch.tenant, Some(error))
            }
            Err(Unrecorded::Failed(error)) => (batch.tenant, Some(error)),
        };
        if let Some(error) = error {
            tracing::warn!(%tenant, %error, "what was refused could not be recorded yet");
        }
        failed.insert(tenant);
        kept.push(batch);
    }
    let done = kept.is_empty();
    let forgotten = refusals.keep(kept);
    if forgotten > 0 {
        tracing::error!(forgotten, "refusals are not in the log: too many waited to be recorded");
    }
    done
}
