//! The record of a decision: what is signed, and what the log's leaf is.
//!
//! It pins whatever the pipeline reads of a question, so that the decision can be made again from
//! the log alone. A stage that reads something new has it written here. What a record cannot hold
//! is secrets: that the caller's was right, and the outcome of the credential's signature.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_contracts::{
    AskedGate, Basis, CallerRef, CheckDecidedV1, CheckInputs, Counted, CountedCaller,
    CredentialRef, EntryError, PresentedKind,
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
    arguments_hmac: Option<&str>,
) -> Result<Vec<u8>, EntryError> {
    let outcome = &settled.outcome;
    let principal = outcome.principal();
    let record = CheckDecidedV1 {
        access_mode: outcome.access_mode.as_str().into(),
        action: (&question.action).into(),
        agent_id: outcome.agent_id().map(Cow::from),
        arguments_hmac: arguments_hmac.map(Cow::from),
        basis: Basis { engine: ENGINE.into(), epoch: outcome.epoch, key_id: outcome.gate.key_id },
        caller: caller(&outcome.caller),
        checks: checks(outcome),
        cost_cents: question.cost_cents,
        decision: outcome.decision.as_str().into(),
        gate_id: outcome.gate.id,
        idempotency_key_sha256: question.idempotency.as_ref().map(key_sha256),
        inputs: CheckInputs {
            caveats: principal.map_or_else(Cow::default, |known| (&known.caveats_raw).into()),
            context: question.context.as_ref().map(Cow::Borrowed),
            gate: asked_gate(&question.gate),
            now: rfc3339(outcome.decided_at),
            presented: outcome.verified.is_none().then(|| presented(&question.credential)),
            taken: (&settled.taken).into(),
        },
        kill_switch: outcome.kill_switch.map(|scope| scope.as_str().into()),
        mode: outcome.gate.mode.as_str().into(),
        principal: outcome.verified.as_deref().map(credential),
        reason_code: outcome.reason_code().into(),
        target: question.target.as_ref().map(Cow::from),
        tenant_id: outcome.tenant,
        v: CheckDecidedV1::VERSION,
        would: outcome.would.map(|would| would.as_str().into()),
    };
    record.to_record(id, outcome.decided_at)
}

/// What the decision counts as, in the words of its record.
#[must_use]
pub fn counted(outcome: &Outcome) -> Counted {
    Counted {
        gate: outcome.gate.id,
        decision: outcome.decision.as_str(),
        caller: match &outcome.caller {
            Caller::Key(key) => CountedCaller::Key(key.id),
            Caller::Agent(_) => CountedCaller::Agent,
        },
    }
}

fn asked_gate(gate: &GateRef) -> Option<AskedGate<'_>> {
    match gate {
        GateRef::Id(_) => None,
        GateRef::Name(name) => Some(AskedGate::Name(name.into())),
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
pub fn credential(capability: &VerifiedCapability) -> CredentialRef<'_> {
    let verified = capability.contents();
    CredentialRef {
        credential_id: (&verified.jti).into(),
        hops: (&verified.hops).into(),
        issuer: (&verified.issuer).into(),
        kid: capability.root_key(),
        kind: "capability".into(),
        minted_at: verified.minted_at,
        nbf: Some(verified.nbf).filter(|nbf| *nbf != 0),
        root_id: Some((&verified.root_id).into()),
        step_up_at: verified.step_up_at,
        subject: (&verified.subject).into(),
    }
}

fn caller(caller: &Caller) -> CallerRef<'_> {
    match caller {
        Caller::Key(key) => CallerRef {
            credential_id: None,
            key_id: Some(key.id.to_string()),
            kind: key.actor.kind.as_str().into(),
        },
        Caller::Agent(capability) => CallerRef {
            credential_id: Some((&capability.contents().jti).into()),
            key_id: None,
            kind: "agent".into(),
        },
    }
}

fn key_sha256(given: &Idempotency) -> String {
    STANDARD.encode(given.key_sha256)
}

/// The stages that ran.
fn checks(outcome: &Outcome) -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
    let ran = outcome.checks.iter().filter(|stage| stage.outcome != StageOutcome::Skipped);
    ran.map(|stage| (stage.check.into(), stage.outcome.as_str().into())).collect()
}
