use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_kernel::Scope;

use crate::{
    ApiKey, Caller, Gate, Presented, PresentedCaller, PresentedKey, Question, Refusal, Snapshot,
    TenantState, VerifiedCapability,
};

/// Admits the caller, and finds the gate it asks. What is wrong with a key is never said: an
/// unknown, an expired and a revoked one look the same.
pub(super) fn admit<'a>(
    snapshot: &'a Snapshot,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<(Caller, &'a Arc<Gate>), Refusal> {
    let caller = match &question.caller {
        PresentedCaller::Key(key) => Caller::Key(genuine_key(snapshot, key, now)?),
        PresentedCaller::Agent => {
            Caller::Agent(genuine_agent(snapshot, &question.credential, now)?)
        }
    };
    if snapshot.tenant_state == TenantState::Suspended {
        return Err(Refusal::TenantSuspended);
    }
    let scope = if question.dry_run { Scope::ChecksDryRun } else { Scope::ChecksWrite };
    let only = match &caller {
        Caller::Key(key) if key.operator_suspended => return Err(Refusal::OperatorSuspended),
        Caller::Key(key) if !key.scopes.grants(scope) => {
            return Err(Refusal::ScopeMissing(scope));
        }
        Caller::Key(key) => key.gates.as_ref(),
        Caller::Agent(_) => None,
    };
    let gate =
        snapshot.gate(&question.gate).ok_or_else(|| Refusal::NoSuchGate(question.gate.clone()))?;
    if only.is_some_and(|only| !only.contains(&gate.id)) {
        return Err(Refusal::GateForbidden);
    }
    if gate.archived {
        return Err(Refusal::GateArchived(gate.id));
    }
    Ok((caller, gate))
}

fn genuine_key(
    snapshot: &Snapshot,
    presented: &PresentedKey,
    now: DateTime<Utc>,
) -> Result<Arc<ApiKey>, Refusal> {
    let key = snapshot.keys.get(&presented.id).ok_or(Refusal::CallerUnknown)?;
    let expired = key.expires_at.is_some_and(|expires_at| now >= expires_at);
    let genuine = key.has_secret(&presented.secret_sha256, now);
    if !genuine || key.revoked || expired {
        return Err(Refusal::CallerUnknown);
    }
    Ok(Arc::clone(key))
}

/// The signature alone makes an agent known. That its capability is revoked or expired is for the
/// credential stage to say: it is the tenant's own, so that belongs in the tenant's log.
fn genuine_agent(
    snapshot: &Snapshot,
    presented: &Presented,
    now: DateTime<Utc>,
) -> Result<Arc<VerifiedCapability>, Refusal> {
    match presented {
        Presented::Capability(token) => Ok(token.verify(snapshot, now)?),
        Presented::None => Err(Refusal::AgentUnknown("no credential was presented")),
        Presented::Unreadable(_) | Presented::Unsupported(_) => {
            Err(Refusal::AgentUnknown("what was presented is no capability"))
        }
    }
}
