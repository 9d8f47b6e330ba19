//! What an agent asks for itself, known by its capability alone. Until the capability's signature
//! has verified, the tenant that it names chooses the snapshot that it is verified with, and nothing
//! else: a stranger gets a refusal, and no log gets an entry.

use std::{num::NonZeroU32, sync::Arc};

use gw_decision::{CapabilityToken, Outcome, PresentedCaller, VerifiedCapability};
use gw_journal::{DecideError, SubmitError};
use gw_kernel::Epoch;
use gw_web::IdempotencyKey;
use http::HeaderMap;
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, CheckError, Refused, caller::patience, check::decide_and_record, halted::halted,
    refused::stranger,
};
use crate::{
    Context,
    domain::{Agent, Asked, Call, RequestError},
    refusals::Asking,
    snapshot::{Loaded, SnapshotError},
};

type Unanswered = SubmitError<Refused>;

/// Decides a call at the tenant's default gate and has it recorded: when this answers, the record
/// is durable.
#[tracing::instrument(name = "call", skip_all, fields(tenant = %agent.tenant()))]
pub(crate) async fn call(
    ctx: &Context,
    asking: &mut Asking,
    agent: Agent,
    call: Call,
    headers: &HeaderMap,
) -> Result<Answer, CheckError> {
    let deadline = Instant::now() + patience(headers)?;
    let (agent, loaded) = known(ctx, asking, agent, headers, deadline).await?;
    let key = IdempotencyKey::from_headers(headers).map_err(RequestError::from)?;
    let asked = Asked::by_agent(agent, call, key.as_ref(), &loaded.arguments_key)?;
    decide_and_record(ctx, asked, deadline).await
}

/// Says who asks, for what is answered without a decision: whoever is revoked or expired now is
/// told so, and nothing is recorded.
pub(crate) async fn authenticate(
    ctx: &Context,
    asking: &mut Asking,
    agent: Agent,
    method: &str,
    headers: &HeaderMap,
) -> Result<Outcome, CheckError> {
    let deadline = Instant::now() + patience(headers)?;
    let (agent, loaded) = known(ctx, asking, agent, headers, deadline).await?;
    let call = Call { action: method.to_owned(), arguments: None };
    let asked = Asked::by_agent(agent, call, None, &loaded.arguments_key)?;
    let answer = async {
        let mut outcome = ctx.decider.authenticate(&asked).await?;
        if halted(ctx).await? {
            outcome.halt();
        }
        Ok(outcome)
    };
    let in_time = timeout_at(deadline, answer).await;
    let outcome = in_time.unwrap_or(Err(DecideError::Stale)).map_err(|error| match error {
        DecideError::Refused(refused) => Unanswered::Refused(refused),
        DecideError::Stale => Unanswered::Stale,
    });
    Ok(outcome?)
}

async fn known(
    ctx: &Context,
    asking: &mut Asking,
    agent: Agent,
    headers: &HeaderMap,
    deadline: Instant,
) -> Result<(Agent, Arc<Loaded>), CheckError> {
    let verified = timeout_at(deadline, verified(ctx, &agent)).await;
    let (token, known, loaded) = verified.unwrap_or(Err(SubmitError::Stale))?;
    let root = &known.contents().root_id;
    asking.is_agent(agent.tenant(), root);
    asking.takes(ctx.limits.agent(agent.tenant(), root))?;
    asking.takes(ctx.limits.tenant(agent.tenant(), loaded.checks_per_second, NonZeroU32::MIN))?;
    if headers.contains_key("gatewright-tenant") {
        return Err(CheckError::TenantNamed);
    }
    Agent::refuse_unsupported(headers)?;
    Ok((agent.with_token(token), loaded))
}

/// The capability, once its signature has verified. The root key that made it may have been made
/// just now, so a signature that is not good is looked at again before it is refused.
async fn verified(
    ctx: &Context,
    agent: &Agent,
) -> Result<(CapabilityToken, Arc<VerifiedCapability>, Arc<Loaded>), Unanswered> {
    let (tenant, token) = (agent.tenant(), agent.token());
    let loaded = ctx.snapshots.at_least(tenant, Epoch::default()).await.map_err(unknown)?;
    let token = ctx.decider.recall_token(token.clone());
    if let Ok(known) = ctx.decider.verify(&token, &loaded) {
        return Ok((token.verified_before(Some(Arc::clone(&known))), known, loaded));
    }
    let loaded = ctx.snapshots.fresh(tenant).await.map_err(unknown)?;
    match ctx.decider.verify(&token, &loaded) {
        Ok(known) => Ok((token.verified_before(Some(Arc::clone(&known))), known, loaded)),
        Err(error) => Err(SubmitError::Refused(gw_decision::Refusal::from(error).into())),
    }
}

fn unknown(error: SnapshotError) -> Unanswered {
    match error {
        SnapshotError::Unknown => SubmitError::Refused(stranger(&PresentedCaller::Agent).into()),
        SnapshotError::Stale => SubmitError::Stale,
    }
}
