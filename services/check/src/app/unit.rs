use std::num::NonZeroU32;

use bytes::Bytes;
use gw_decision::{GateRef, Use};
use gw_journal::{SubmitError, Submitted};
use gw_kernel::TenantId;
use gw_web::IDEMPOTENCY_KEY;
use http::HeaderMap;
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, CheckError, KnownCaller, ReadError, Refused,
    check::{count, submit},
    earlier::all_earlier,
    verdict::Answered,
};
use crate::{Context, domain::read_unit, refusals::Asking};

type Told = Option<Submitted<Answered>>;

/// Decides checks that are asked together, and has them recorded in one transaction: when this
/// answers, all their records are durable. There is one answer for each, in their order; none where
/// another request has the check's key.
#[tracing::instrument(name = "check_unit", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn check_unit(
    ctx: &Context,
    asking: &mut Asking,
    caller: KnownCaller,
    gate: GateRef,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Vec<Option<Answer>>, CheckError> {
    let deadline = Instant::now() + caller.patience;
    let mut unit = read_unit(&caller.asks(gate, headers), &body)?;
    drop(body);
    // The first has been taken with the request.
    let more = u32::try_from(unit.checks().len() - 1).unwrap_or(u32::MAX);
    if let Some(more) = NonZeroU32::new(more) {
        asking.takes(ctx.limits.key(caller.key.id, caller.own_limit, more))?;
        asking.takes(ctx.limits.tenant(caller.tenant, caller.tenant_limit, more))?;
    }
    for asked in unit.checks_mut() {
        let known = ctx.decider.recall(asked.question.credential.clone());
        asked.question.credential = known;
    }
    let Submitted::Unit(told) = submit(ctx, unit, deadline).await? else {
        // Of a unit everything is told; were it otherwise, nothing certain could be said.
        return Err(SubmitError::OutcomeUnknown.into());
    };
    if headers.contains_key(IDEMPOTENCY_KEY) && told.iter().all(Option::is_none) {
        return Err(SubmitError::<Refused>::Conflict.into());
    }
    let answers = timeout_at(deadline, answers(ctx, caller.tenant, told)).await;
    Ok(answers.map_err(|_| SubmitError::<Refused>::JournalUnavailable)??)
}

async fn answers(
    ctx: &Context,
    tenant: TenantId,
    told: Vec<Told>,
) -> Result<Vec<Option<Answer>>, ReadError> {
    let repeated = told.iter().flatten().filter_map(|told| match told {
        Submitted::Repeated(taken) => Some(taken),
        _ => None,
    });
    let repeated: Vec<Use> = repeated.cloned().collect();
    let mut earlier = all_earlier(ctx, tenant, &repeated).await?.into_iter();
    let mut answer = |told: Submitted<Answered>| match told {
        Submitted::Recorded(recorded) => {
            count(&recorded.answer);
            Some(Answer::new(recorded))
        }
        _ => earlier.next(),
    };
    Ok(told.into_iter().map(|told| told.and_then(&mut answer)).collect())
}
