//! Dry runs: the same stages and the same settling as a check, and no way to the journal.

use gw_decision::Ledger;
use gw_journal::{Resolution, SubmitError};
use gw_kernel::{Actor, ActorKind, Identity};
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, CheckError, ReadError, check_error::undecided, earlier::earlier, halted::halted,
};
use crate::{Context, domain::Asked, store};

/// Says what would be decided now. Nothing is recorded, and nothing is taken: what has been taken is
/// read under no lock, so a check a moment later may find less.
pub(super) async fn rehearse(
    ctx: &Context,
    asked: Asked,
    deadline: Instant,
) -> Result<Answer, CheckError> {
    let in_time = timeout_at(deadline, in_any_time(ctx, asked)).await;
    in_time.unwrap_or(Err(SubmitError::Stale.into()))
}

async fn in_any_time(ctx: &Context, asked: Asked) -> Result<Answer, CheckError> {
    let (tenant, min_epoch) = (asked.tenant, asked.min_epoch);
    let mut verdict = ctx.decider.rehearse(asked).await.map_err(undecided)?;
    if min_epoch.is_some_and(|seen| seen > verdict.epoch()) {
        return Err(SubmitError::LogRegressed.into());
    }
    if halted(ctx).await.map_err(undecided)? {
        verdict.halt();
    }
    let actor = Actor { kind: ActorKind::Machine, id: "check".to_owned(), key_id: None };
    let tx = ctx.db.tenant(&Identity { tenant, actor }).await;
    let mut tx = tx.map_err(ReadError::Db)?;
    let now = tx.now();
    let mut ledger: Ledger =
        store::taken(&mut tx, verdict.reservations()).await.map_err(ReadError::Db)?;
    tx.end_reading().await.map_err(ReadError::Db)?;
    match verdict.settle(&mut ledger, now, 0) {
        Resolution::Entry(settled) => Ok(Answer::unrecorded(settled.answer.settled)),
        Resolution::Repeat(taken) => Ok(earlier(ctx, tenant, &taken).await?.rehearsed()),
        Resolution::Conflict => Err(SubmitError::Conflict.into()),
    }
}
