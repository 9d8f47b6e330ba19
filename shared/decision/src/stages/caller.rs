use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_kernel::Scope;

use crate::{ApiKey, Gate, GateRef, Question, Refusal, Snapshot, TenantState};

/// Admits the caller, and finds the gate it asks. What is wrong with a key is never said: an
/// unknown, an expired and a revoked one look the same.
pub(super) fn admit<'a>(
    snapshot: &'a Snapshot,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<(&'a Arc<ApiKey>, &'a Arc<Gate>), Refusal> {
    let key = snapshot.keys.get(&question.key.id).ok_or(Refusal::CallerUnknown)?;
    let expired = key.expires_at.is_some_and(|expires_at| now >= expires_at);
    let genuine = gw_crypto::constant_time_eq(&key.secret_sha256, &question.key.secret_sha256);
    if !genuine || key.revoked || expired {
        return Err(Refusal::CallerUnknown);
    }
    if snapshot.tenant_state == TenantState::Suspended {
        return Err(Refusal::TenantSuspended);
    }
    if !key.scopes.grants(Scope::ChecksWrite) {
        return Err(Refusal::ScopeMissing(Scope::ChecksWrite));
    }
    let gate = find_gate(snapshot, &question.gate)
        .ok_or_else(|| Refusal::NoSuchGate(question.gate.clone()))?;
    if key.gates.as_ref().is_some_and(|only| !only.contains(&gate.id)) {
        return Err(Refusal::GateForbidden);
    }
    if gate.archived {
        return Err(Refusal::GateArchived(gate.id));
    }
    Ok((key, gate))
}

fn find_gate<'a>(snapshot: &'a Snapshot, wanted: &GateRef) -> Option<&'a Arc<Gate>> {
    let id = match wanted {
        GateRef::Id(id) => id,
        GateRef::Name(name) => snapshot.gate_names.get(name)?,
        GateRef::Default => snapshot.default_gate.as_ref()?,
    };
    snapshot.gates.get(id)
}
