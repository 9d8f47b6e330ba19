//! The shapes on the wire. What a compatible client expects under a second name stands twice.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_contracts::CredentialRef;
use gw_crypto::receipt::Receipt;
use gw_decision::Verdict;
use gw_kernel::{AttestationId, DecisionId, Epoch, GateId, KeypairId};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::{Answer, Proof, Stage, ToldLimit};

/// A check, as it is documented; the body itself is read more strictly than a type can say.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documentation: nothing is read through it")]
pub(super) struct CheckRequest {
    /// What is asked for: `api:search`, `payments:send`, a tool's name. At most 256 bytes.
    action: String,
    /// The resource. At most 8,192 bytes.
    target: Option<String>,
    /// What the agent shows: `{"kind": "capability", "value": "<token>"}`. Anything here that is
    /// not null was presented, and blocks if it cannot be read.
    #[schema(value_type = Option<Object>)]
    credential: Option<Value>,
    /// The call's arguments. In the record only as an HMAC under the tenant's key.
    #[schema(value_type = Option<Object>)]
    arguments: Option<Value>,
    /// What the gate observed: `method`, `path`, `ip`, `amount_cents`, ...; `risk_score`, a number
    /// that a capability's `risk_max` is compared with; `callee_agent` and `callee_zone`, where
    /// another agent is called.
    #[schema(value_type = Option<Object>)]
    context: Option<Value>,
    /// The declared cost of this action, in cents.
    cost_cents: Option<u64>,
    /// What the caller calls this check by, so that asking again within 24 hours decides nothing
    /// twice; the same as the header `Idempotency-Key`. At most 256 bytes.
    idempotency_key: Option<String>,
    /// An epoch that the caller has seen: a log that is behind it has lost entries.
    min_epoch: Option<u64>,
    /// Say what would be decided: nothing is recorded, and nothing taken. Needs `checks:dry_run`.
    dry_run: Option<bool>,
}

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckAnswer {
    /// The decision's id; `GET /v1/admin/decisions/{id}` finds it. Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Option<DecisionId>,
    /// `allow`, `block` or `request_hold`; in a dry run `dry_run`. Only `allow` means yes.
    decision: &'static str,
    /// Whether `decision` is `allow`.
    allowed: bool,
    /// In a dry run: what enforcement would say. At a gate that observes: what it would have said,
    /// where that is not `allow`; then `code`, `reason`, `checks` and `retry_after` say why, and nothing was taken from any limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<&'static str>,
    /// Why: a stable code.
    code: Cow<'static, str>,
    /// The same, or the bare word that existing clients know.
    reason_code: Cow<'static, str>,
    /// Why, in one sentence.
    reason: Cow<'static, str>,
    /// The gate.
    gate_id: GateId,
    /// The agent, as its credential says.
    agent_id: Option<String>,
    /// What the verified credential says.
    principal: Option<PrincipalView>,
    /// `credentialed`, `anonymous` or `none`.
    access_mode: &'static str,
    /// The stages, in order.
    checks: Vec<StageView>,
    /// What the caller must do to act on an `allow`; one that it cannot do means no.
    obligations: Vec<String>,
    /// The limits that the decision counts against.
    limits: Vec<LimitView>,
    /// In how many seconds to ask again, where a limit that comes back is used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// What it was decided from.
    basis: BasisView,
    /// The decision's id, as its attestation has it. Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation_id: Option<AttestationId>,
    /// The proof to take away. Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation: Option<AttestationView>,
    /// When it was decided: RFC 3339, UTC, microseconds.
    evaluated_at: String,
    /// The epoch it was decided at.
    epoch: Epoch,
}

/// A verified credential.
#[derive(Debug, Serialize, ToSchema)]
struct PrincipalView {
    /// `capability`.
    kind: String,
    /// Who issued it.
    issuer: String,
    /// Its id.
    credential_id: String,
    /// The id of the root of its chain.
    root_id: String,
    /// The agent it names.
    subject: String,
    /// The hop ids of its chain, in order.
    hops: Vec<String>,
    /// The epoch of its mint, where its issuer states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    minted_at: Option<Epoch>,
    /// When a person confirmed its mint, in Unix seconds, where its issuer states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    step_up_at: Option<i64>,
}

/// What one stage said.
#[derive(Debug, Serialize, ToSchema)]
struct StageView {
    /// The stage.
    check: Cow<'static, str>,
    /// `pass`, `block`, `hold`, `not_configured` or `skipped`.
    outcome: &'static str,
    /// The same.
    result: &'static str,
    /// Why, in a few words.
    detail: Cow<'static, str>,
}

/// One limit.
#[derive(Debug, Serialize, ToSchema)]
struct LimitView {
    /// Which: `calls:<hop id>`, `rate:<hop id>` or `cost:<hop id>`.
    limit: String,
    /// How much is left after this decision.
    remaining: i64,
    /// When it starts anew (RFC 3339); null where it does not.
    resets_at: Option<String>,
}

/// What a decision was made from.
#[derive(Debug, Serialize, ToSchema)]
struct BasisView {
    /// The epoch.
    epoch: Epoch,
    /// The version of the pipeline.
    engine: Cow<'static, str>,
    /// The gate's key pair.
    key_id: KeypairId,
}

/// The proof that the caller takes away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct AttestationView {
    /// The decision's id with another prefix.
    pub(super) attestation_id: AttestationId,
    /// The record: exactly these bytes are signed, and are the log's entry.
    pub(super) attestation_json: String,
    /// Ed25519 of those bytes by the gate's key, base64. Absent at a gate that signs batches: its
    /// key signs the receipt's checkpoint instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
    /// The gate's public key, base64.
    pub(super) attester_public_key: String,
    /// The gate's key pair.
    pub(super) signing_key_id: KeypairId,
    /// The proof that the record is in the tenant's log: a C2SP tlog-proof.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    pub(super) receipt: Receipt,
}

/// Written where it goes, without a text of its own.
fn as_text<S: Serializer>(receipt: &Receipt, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(receipt)
}

impl AttestationView {
    /// Shapes the proof of a recorded decision.
    pub(super) fn new(proof: Proof) -> Self {
        Self {
            attestation_id: proof.id.cast(),
            attestation_json: proof.text,
            signature: proof.signature.map(|signature| STANDARD.encode(signature)),
            attester_public_key: proof.public.to_base64(),
            signing_key_id: proof.key_id,
            receipt: proof.receipt,
        }
    }
}

impl CheckAnswer {
    /// Shapes a decision. Without a record it is no answer to act on, whatever it would be.
    pub(super) fn new(answer: Answer) -> Self {
        let recorded = answer.proof.is_some();
        let enforced = answer.would.unwrap_or(answer.decision);
        let would = if recorded { answer.would } else { Some(enforced) };
        let decision_id = answer.proof.as_ref().map(|proof| proof.id);
        let epoch = answer.epoch;
        let basis = BasisView { epoch, engine: answer.engine, key_id: answer.key_id };
        Self {
            decision_id,
            decision: if recorded { answer.decision.as_str() } else { "dry_run" },
            allowed: recorded && answer.decision == Verdict::Allow,
            would: would.map(Verdict::as_str),
            code: answer.code,
            reason_code: answer.reason_code,
            reason: answer.reason,
            gate_id: answer.gate_id,
            agent_id: answer.agent_id,
            principal: answer.principal.map(|principal| PrincipalView::new(principal.said())),
            access_mode: answer.access_mode.as_str(),
            checks: answer.checks.into_iter().map(StageView::new).collect(),
            obligations: Vec::new(),
            limits: answer.limits.into_iter().map(LimitView::new).collect(),
            retry_after: answer.retry_after,
            basis,
            attestation_id: decision_id.map(DecisionId::cast),
            attestation: answer.proof.map(AttestationView::new),
            evaluated_at: answer.evaluated_at,
            epoch,
        }
    }
}

impl LimitView {
    fn new(limit: ToldLimit) -> Self {
        let ToldLimit { limit, remaining, resets_at } = limit;
        Self { limit, remaining, resets_at }
    }
}

impl PrincipalView {
    fn new(credential: CredentialRef<'_>) -> Self {
        Self {
            kind: credential.kind.into_owned(),
            issuer: credential.issuer.into_owned(),
            root_id: credential
                .root_id
                .unwrap_or_else(|| credential.credential_id.clone())
                .into_owned(),
            credential_id: credential.credential_id.into_owned(),
            subject: credential.subject.into_owned(),
            hops: credential.hops.into_owned(),
            minted_at: credential.minted_at,
            step_up_at: credential.step_up_at,
        }
    }
}

impl StageView {
    fn new(stage: Stage) -> Self {
        let outcome = stage.outcome.as_str();
        Self { check: stage.check, outcome, result: outcome, detail: stage.detail }
    }
}
