use std::ops::Range;

use gw_db::Db;
use gw_kernel::TenantId;

use super::{
    entries::Entries,
    verify::{PAGE_LIMIT, Progress},
};
use crate::{AuditError, Batch, Disagreement, Problem, Replay, Replayer, Stopped, store};

/// Decides a tenant's stored decisions again, those at these positions, and hands over each that
/// comes out differently. `db` is in the role `gw_check`.
///
/// The log is read from its beginning, whatever is asked for: the configuration and the counters
/// are rebuilt from it. Whether it is the log that was signed is for [`crate::verify`] to say.
///
/// # Errors
/// When the log cannot be read, or there is none.
pub async fn replay(
    db: &Db,
    tenant: TenantId,
    positions: Range<i64>,
    found: &mut (dyn FnMut(Disagreement) + Send),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Replay, AuditError> {
    let mut loader = db.loader_within(PAGE_LIMIT).await?;
    #[expect(clippy::disallowed_methods, reason = "nothing is decided from it for anybody")]
    let mut tx = loader.snapshot(tenant).await?;
    let of = store::size(&mut tx).await?.min(positions.end);
    if of <= 0 {
        return Err(Problem::NoLog.anywhere().into());
    }
    let mut replayer = Replayer::new(tenant, positions);
    let mut entries = Entries::default();
    let mut last = None;
    while replayer.position() < of {
        let page = store::batches(&mut tx, last).await?;
        let Some(newest) = page.last() else {
            return Ok(replayer.stopped(Stopped::MISSING));
        };
        last = Some(newest.prev);
        for batch in page {
            if let Err(why) = take(&mut tx, &mut replayer, &batch, &mut entries, found).await? {
                return Ok(replayer.stopped(why));
            }
            progress(Progress { done: entries.taken, of });
        }
    }
    tx.finish().await?;
    Ok(replayer.finish())
}

async fn take(
    tx: &mut gw_db::SnapshotTx<'_>,
    replayer: &mut Replayer,
    batch: &Batch,
    entries: &mut Entries,
    found: &mut (dyn FnMut(Disagreement) + Send),
) -> Result<Result<(), Stopped>, AuditError> {
    if replayer.is_done() {
        return Ok(Ok(()));
    }
    if batch.prev != replayer.position() {
        return Ok(Err(Stopped::MISSING));
    }
    while replayer.position() < batch.size && !replayer.is_done() {
        let Some(entry) = entries.next(tx).await? else { return Ok(Err(Stopped::MISSING)) };
        match replayer.entry(&entry, batch.at) {
            Ok(Some(disagreement)) => found(disagreement),
            Ok(None) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(()))
}
