use std::sync::Arc;

use bytes::Bytes;
use gw_decision::GateRef;
use gw_journal::{DecideError, Deciding as _, SubmitError, SubmitResult, Submitted};
use gw_kernel::Epoch;
use http::HeaderMap;
use metrics::counter;
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, CheckError, Decider, KnownCaller, check_error::undecided, earlier::earlier,
    rehearse::rehearse, verdict::Answered,
};
use crate::{
    Context,
    domain::{Asked, Inquiry},
};

/// Decides a check and has it recorded: when this answers, the record is durable. A dry run is only
/// decided. Its record says more than a span, so there is one only for whoever looks closely.
#[tracing::instrument(name = "check", level = "debug", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn check(
    ctx: &Context,
    caller: KnownCaller,
    gate: GateRef,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Answer, CheckError> {
    let deadline = Instant::now() + caller.patience;
    let mut asked = Asked::read(&caller.asks(gate, headers), &body)?;
    drop(body);
    let credential = asked.question.credential;
    asked.question.credential = ctx.decider.recall(credential);
    if asked.question.dry_run {
        return Box::pin(rehearse(ctx, asked, deadline)).await;
    }
    decide_and_record(ctx, asked, deadline).await
}

/// Decides what a known caller asks, and has it recorded; or finds what it was told before.
pub(super) async fn decide_and_record(
    ctx: &Context,
    asked: Asked,
    deadline: Instant,
) -> Result<Answer, CheckError> {
    let tenant = asked.tenant;
    match submit(ctx, Inquiry::Check(asked), deadline).await? {
        Submitted::Recorded(recorded) => {
            count(&recorded.answer);
            Ok(Answer::new(recorded))
        }
        Submitted::Repeated(taken) => {
            let found = timeout_at(deadline, Box::pin(earlier(ctx, tenant, &taken))).await;
            Ok(found.map_err(|_| SubmitError::JournalUnavailable)??)
        }
        // Of one check one thing is told; were it otherwise, nothing certain could be said.
        Submitted::Unit(_) => Err(SubmitError::OutcomeUnknown.into()),
    }
}

/// Decides, and has recorded what comes of it.
pub(super) async fn submit(
    ctx: &Context,
    inquiry: Inquiry,
    deadline: Instant,
) -> SubmitResult<Decider> {
    let (min_epoch, inquiry) = (inquiry.min_epoch(), Arc::new(inquiry));
    let deciding = ctx.decider.decide(&inquiry, Epoch::default());
    let in_time = timeout_at(deadline, deciding).await;
    let decided = in_time.unwrap_or(Err(DecideError::Stale)).map_err(undecided)?;
    ctx.journal.submit(inquiry, decided, deadline, min_epoch).await
}

/// Counts a decision that was recorded.
pub(super) fn count(answered: &Answered) {
    let outcome = &answered.settled.outcome;
    let (decision, code) = (outcome.decision.as_str(), outcome.code);
    counter!("gatewright_decisions_total", "decision" => decision, "reason_code" => code)
        .increment(1);
}
