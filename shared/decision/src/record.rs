//! The record of a decision: what is signed, and what the log's leaf is.
//!
//! It pins whatever the pipeline reads of a question, so that the decision can be made again from
//! the log alone. A stage that reads something new has it written here. What a record cannot hold
//! is secrets: that the caller's was right, and the outcome of the credential's signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_contracts::{
    AskedGate, Basis, CallerRef, CheckDecidedV1, CheckInputs, CredentialRef, EntryError,
    PresentedKind,
};
use gw_kernel::{DecisionId, rfc3339};

use crate::{
    Caller, ENGINE, GateRef, Idempotency, Outcome, Presented, Question, Settled, StageOutcome,
    VerifiedCapability,
};

/// The record's exact bytes. The arguments appear only as their HMAC.
///
/// # Errors
/// When it has no canonical form, or would be longer than [`gw_contracts::MAX_ENTRY_BYTES`].
pub fn build(
    settled: &Settled,
    question: &Question,
    id: DecisionId,
    arguments_hmac: Option<String>,
) -> Result<Vec<u8>, EntryError> {
    let outcome = &settled.outcome;
    let principal = outcome.principal();
    let record = CheckDecidedV1 {
        v: CheckDecidedV1::VERSION,
        tenant_id: outcome.tenant,
        gate_id: outcome.gate.id,
        decision: outcome.decision.to_string(),
        reason_code: outcome.reason_code().to_owned(),
        mode: outcome.gate.mode.to_string(),
        would: outcome.would.map(|would| would.to_string()),
        kill_switch: outcome.kill_switch.map(|scope| scope.to_string()),
        action: question.action.clone(),
        target: question.target.clone(),
        agent_id: outcome.agent_id().map(ToOwned::to_owned),
        access_mode: outcome.access_mode.to_string(),
        principal: outcome.verified.as_deref().map(credential),
        inputs: CheckInputs {
            now: rfc3339(outcome.decided_at),
            gate: asked_gate(&question.gate),
            presented: outcome.verified.is_none().then(|| presented(&question.credential)),
            caveats: principal.map_or_else(Vec::new, |known| known.caveats_raw.clone()),
            context: question.context.clone(),
            taken: settled.taken.clone(),
        },
        caller: caller(&outcome.caller),
        arguments_hmac,
        idempotency_key_sha256: question.idempotency.as_ref().map(key_sha256),
        cost_cents: question.cost_cents,
        checks: checks(outcome),
        basis: Basis {
            epoch: outcome.epoch,
            engine: ENGINE.to_owned(),
            key_id: outcome.gate.key_id,
        },
    };
    record.to_record(id, outcome.decided_at)
}

fn asked_gate(gate: &GateRef) -> Option<AskedGate> {
    match gate {
        GateRef::Id(_) => None,
        GateRef::Name(name) => Some(AskedGate::Name(name.clone())),
        GateRef::Default => Some(AskedGate::Default),
    }
}

const fn presented(presented: &Presented) -> PresentedKind {
    match presented {
        Presented::None => PresentedKind::None,
        Presented::Unreadable(_) => PresentedKind::Unreadable,
        Presented::Unsupported(_) => PresentedKind::Unsupported,
        Presented::Capability(_) => PresentedKind::Capability,
    }
}

/// A verified credential, as a record has it.
#[must_use]
pub fn credential(capability: &VerifiedCapability) -> CredentialRef {
    let verified = capability.contents();
    CredentialRef {
        kind: "capability".to_owned(),
        issuer: verified.issuer.clone(),
        credential_id: verified.jti.clone(),
        root_id: Some(verified.root_id.clone()),
        subject: verified.subject.clone(),
        hops: verified.hops.clone(),
        minted_at: verified.minted_at,
        step_up_at: verified.step_up_at,
        kid: capability.root_key(),
        nbf: Some(verified.nbf).filter(|nbf| *nbf != 0),
    }
}

fn caller(caller: &Caller) -> CallerRef {
    match caller {
        Caller::Key(key) => CallerRef {
            kind: key.actor.kind.as_str().to_owned(),
            key_id: Some(key.id.to_string()),
            credential_id: None,
        },
        Caller::Agent(capability) => CallerRef {
            kind: "agent".to_owned(),
            key_id: None,
            credential_id: Some(capability.contents().jti.clone()),
        },
    }
}

fn key_sha256(given: &Idempotency) -> String {
    STANDARD.encode(given.key_sha256)
}

/// The stages that ran.
fn checks(outcome: &Outcome) -> Vec<(String, String)> {
    let ran = outcome.checks.iter().filter(|stage| stage.outcome != StageOutcome::Skipped);
    ran.map(|stage| (stage.check.to_owned(), stage.outcome.to_string())).collect()
}
