use std::sync::Arc;

use bytes::Bytes;
use gw_decision::GateRef;
use gw_journal::{DecideError, Deciding as _, SubmitError, Submitted};
use gw_kernel::{Epoch, Fault, FaultKind, Scope};
use http::HeaderMap;
use metrics::counter;
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, KnownCaller, ReadError, Refused, earlier::earlier, rehearse::rehearse,
    verdict::Answered,
};
use crate::{
    Context,
    domain::{Asked, RequestError},
    limits::RateLimited,
};

/// Why a check has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// It cannot be read.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A header that only the platform's staff may send, who ask no gates.
    #[error("`Gatewright-Tenant` is for platform keys")]
    TenantNamed,
    /// The caller asks more often than it may.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// It could not be decided, or not be recorded.
    #[error(transparent)]
    Journal(#[from] SubmitError<Refused>),
    /// It was decided before, and that decision could not be read.
    #[error(transparent)]
    Earlier(#[from] ReadError),
}

impl CheckError {
    /// The scope that the caller lacks, where that is the matter.
    pub(crate) fn required_scope(&self) -> Option<Scope> {
        match self {
            Self::Journal(SubmitError::Refused(refused)) => refused.required_scope(),
            _ => None,
        }
    }

    /// In how many seconds the caller may ask again, where it asked too often.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited(limited) => Some(limited.retry_after),
            _ => None,
        }
    }
}

impl Fault for CheckError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::TenantNamed => FaultKind::Forbidden,
            Self::RateLimited(_) => FaultKind::TooManyRequests,
            Self::Journal(error) => error.kind(),
            Self::Earlier(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Request(error) => error.code(),
            Self::TenantNamed => "caller.forbidden",
            Self::RateLimited(_) => "caller.rate_limited",
            Self::Journal(error) => error.code(),
            Self::Earlier(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Request(error) => error.pointer(),
            Self::Journal(SubmitError::Refused(refused)) => refused.pointer(),
            Self::Journal(_) | Self::Earlier(_) | Self::TenantNamed | Self::RateLimited(_) => None,
        }
    }
}

/// Decides a check and has it recorded: when this answers, the record is durable. A dry run is only
/// decided.
#[tracing::instrument(name = "check", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn check(
    ctx: &Context,
    caller: KnownCaller,
    gate: GateRef,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Answer, CheckError> {
    let deadline = Instant::now() + caller.patience;
    let KnownCaller { tenant, key, arguments_key, .. } = caller;
    let mut asked = Asked::read(tenant, key, &arguments_key, gate, headers, &body)?;
    drop(body);
    let credential = asked.question.credential;
    asked.question.credential = ctx.decider.recall(credential);
    if asked.question.dry_run {
        return rehearse(ctx, asked, deadline).await;
    }
    decide_and_record(ctx, asked, deadline).await
}

/// Decides what a known caller asks, and has it recorded; or finds what it was told before.
pub(super) async fn decide_and_record(
    ctx: &Context,
    asked: Asked,
    deadline: Instant,
) -> Result<Answer, CheckError> {
    let (tenant, min_epoch) = (asked.tenant, asked.min_epoch);
    let asked = Arc::new(asked);

    let deciding = ctx.decider.decide(&asked, Epoch::default());
    let in_time = timeout_at(deadline, deciding).await;
    let decided = in_time.unwrap_or(Err(DecideError::Stale)).map_err(undecided)?;
    match ctx.journal.submit(asked, decided, deadline, min_epoch).await? {
        Submitted::Recorded(recorded) => {
            count(&recorded.answer);
            Ok(Answer::new(recorded))
        }
        Submitted::Repeated(taken) => {
            let found = timeout_at(deadline, earlier(ctx, tenant, &taken)).await;
            Ok(found.map_err(|_| SubmitError::JournalUnavailable)??)
        }
    }
}

fn count(answered: &Answered) {
    let outcome = &answered.settled.outcome;
    let (decision, code) = (outcome.decision.as_str(), outcome.code);
    counter!("gatewright_decisions_total", "decision" => decision, "reason_code" => code)
        .increment(1);
}

pub(super) fn undecided(error: DecideError<Refused>) -> SubmitError<Refused> {
    match error {
        DecideError::Refused(refused) => SubmitError::Refused(refused),
        DecideError::Stale => SubmitError::Stale,
    }
}
