//! Decisions that are read back.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_kernel::{DecisionId, GateId, Page};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::view::AttestationView;
use crate::app::Attested;

/// A gate's decisions: an object, or on the mounts of existing clients a bare array.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum AttestationList {
    /// One part of the list.
    Page {
        /// The decisions, newest first.
        items: Vec<AttestationRow>,
        /// What to pass as `cursor` for the next part; null at the end.
        next_cursor: Option<String>,
        /// How many decisions in this part are left out because their records are past the
        /// tenant's retention. A filter that asks what a record said does not find them, nor
        /// count them.
        expired: usize,
    },
    /// The decisions, newest first.
    Rows(Vec<CompatibleRow>),
}

/// One decision and its proof.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttestationRow {
    /// The decision.
    decision_id: DecisionId,
    /// Its position in the tenant's log.
    index: u64,
    /// `allow`, `block` or `request_hold`.
    decision: Cow<'static, str>,
    /// At a gate that observes: what enforcement would have said, where that is not `allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<Cow<'static, str>>,
    /// Why: a stable code.
    reason_code: Cow<'static, str>,
    /// The agent, as its credential says.
    agent_id: Option<Cow<'static, str>>,
    /// What was asked for.
    action: Cow<'static, str>,
    /// On which resource.
    target: Option<Cow<'static, str>>,
    /// When it was decided: RFC 3339, UTC, microseconds.
    created_at: String,
    /// The proof that the check's caller took away.
    attestation: AttestationView,
}

/// A decision as existing clients read it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CompatibleRow {
    #[serde(flatten)]
    row: AttestationRow,
    /// The attestation's id.
    id: String,
    /// The gate that decided.
    gate_id: GateId,
    /// The passport that was shown, if one was.
    passport_id: Option<Cow<'static, str>>,
    /// The record, as it was signed.
    attestation_json: String,
    /// The gate's signature over it, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    /// The gate's public key, base64.
    public_key: String,
}

/// One decision, its proof, and the record in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionView {
    #[serde(flatten)]
    row: AttestationRow,
    /// The record, parsed.
    #[schema(value_type = Object)]
    record: Value,
}

impl AttestationList {
    pub(super) fn page(page: Page<AttestationRow>, expired: usize) -> Self {
        Self::Page { items: page.items, next_cursor: page.next_cursor, expired }
    }

    pub(super) fn rows(decisions: Vec<Attested>) -> Self {
        Self::Rows(decisions.into_iter().map(CompatibleRow::new).collect())
    }
}

impl AttestationRow {
    pub(super) fn new(attested: Attested) -> Self {
        let Attested { index, record, text, signature, public_key, receipt } = attested;
        let data = record.data;
        let attestation = AttestationView {
            attestation_id: record.id.cast(),
            attestation_json: text,
            signature: signature.map(|signature| STANDARD.encode(signature)),
            attester_public_key: public_key.to_base64(),
            signing_key_id: data.basis.key_id,
            receipt,
        };
        Self {
            decision_id: record.id,
            index,
            decision: data.decision,
            would: data.would,
            reason_code: data.reason_code,
            agent_id: data.agent_id,
            action: data.action,
            target: data.target,
            created_at: record.time,
            attestation,
        }
    }
}

impl CompatibleRow {
    fn new(attested: Attested) -> Self {
        let gate_id = attested.record.data.gate_id;
        let principal = attested.record.data.principal.as_ref();
        let passport = principal.filter(|principal| principal.kind == "passport");
        let passport_id = passport.map(|passport| passport.credential_id.clone());
        let row = AttestationRow::new(attested);
        let attestation = row.attestation.clone();
        Self {
            row,
            gate_id,
            passport_id,
            id: attestation.attestation_id.to_string(),
            attestation_json: attestation.attestation_json,
            signature: attestation.signature,
            public_key: attestation.attester_public_key,
        }
    }
}

impl DecisionView {
    pub(super) fn new(attested: Attested) -> Self {
        let record = serde_json::from_str(&attested.text).unwrap_or_default();
        Self { row: AttestationRow::new(attested), record }
    }
}
