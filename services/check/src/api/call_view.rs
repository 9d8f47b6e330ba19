//! What an agent hears that asked for itself: the shape that compatible clients know, and the proof.

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use gw_decision::{Outcome, Verdict};
use gw_kernel::{DecisionId, FaultKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::AttestationView;
use crate::app::Answer;

/// A decision about one call of a tool.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CallDecision {
    /// `allow`, `block` or `escalate`. Only `allow` means yes.
    pub(super) decision: &'static str,
    /// At a gate that observes: what enforcement would have said, where that is not `allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<&'static str>,
    /// Why: a stable code.
    pub(super) code: Cow<'static, str>,
    /// Why, in one sentence.
    pub(super) reason: Cow<'static, str>,
    /// What said no: `capability`, `intent`, `policy` or `budget`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) check: Option<&'static str>,
    /// How long it took, in milliseconds.
    pub(super) latency_ms: u64,
    /// The decision's id. Absent where there is no record, because the caller may not ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Option<DecisionId>,
    /// The proof of the record, to take away.
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation: Option<AttestationView>,
}

/// The part of the pipeline that a code belongs to, as compatible clients tell them apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// The word.
    pub(super) check: &'static str,
    /// The number in JSON-RPC.
    pub(super) rpc_code: i32,
    /// What JSON-RPC calls it.
    pub(super) message: &'static str,
}

impl Part {
    pub(super) const CAPABILITY: Self =
        Self { check: "capability", rpc_code: -32010, message: "capability check failed" };
    const INTENT: Self = Self { check: "intent", rpc_code: -32011, message: "intent check failed" };
    const POLICY: Self = Self { check: "policy", rpc_code: -32012, message: "policy check failed" };
    const HOLD: Self =
        Self { check: "policy", rpc_code: -32012, message: "policy escalation required" };
    pub(super) const BUDGET: Self =
        Self { check: "budget", rpc_code: -32013, message: "budget check failed" };

    /// The part that said this. Who asks, and what its capability covers, are one part.
    fn of(decision: Verdict, code: &str) -> Self {
        if decision == Verdict::RequestHold {
            return Self::HOLD;
        }
        match code.split('.').next() {
            Some("intent") => Self::INTENT,
            Some("policy" | "catalog" | "entitlement" | "approval") => Self::POLICY,
            Some("budget") => Self::BUDGET,
            _ => Self::CAPABILITY,
        }
    }
}

impl CallDecision {
    /// The part that says no to whoever may not ask, where that is said as a decision is.
    pub(super) const fn refusing(kind: FaultKind) -> Option<Part> {
        match kind {
            FaultKind::Unauthenticated | FaultKind::Forbidden => Some(Part::CAPABILITY),
            FaultKind::TooManyRequests => Some(Part::BUDGET),
            _ => None,
        }
    }

    /// Shapes a recorded decision, and says which part of the pipeline said no.
    pub(super) fn recorded(answer: Answer, took: Duration) -> (Self, Option<Part>) {
        let Answer { decision, would, code, reason, proof, .. } = answer;
        let (view, part) = Self::decided(decision, would, code, reason, took);
        let decision_id = proof.as_ref().map(|proof| proof.id);
        (Self { decision_id, attestation: proof.map(AttestationView::new), ..view }, part)
    }

    /// Shapes an outcome that stands in no log.
    pub(super) fn unrecorded(outcome: Outcome, took: Duration) -> (Self, Option<Part>) {
        Self::decided(outcome.decision, outcome.would, outcome.code.into(), outcome.reason, took)
    }

    fn decided(
        decision: Verdict,
        would: Option<Verdict>,
        code: Cow<'static, str>,
        reason: Cow<'static, str>,
        took: Duration,
    ) -> (Self, Option<Part>) {
        let part = (decision != Verdict::Allow).then(|| Part::of(decision, &code));
        let view = Self {
            decision: word(decision),
            would: would.map(word),
            code,
            reason,
            check: part.map(|part| part.check),
            latency_ms: millis(took),
            decision_id: None,
            attestation: None,
        };
        (view, part)
    }

    /// Shapes the answer to somebody who may not ask: nothing was decided.
    pub(super) fn refused(part: Part, code: &'static str, reason: String, took: Duration) -> Self {
        Self {
            decision: "block",
            would: None,
            code: code.into(),
            reason: reason.into(),
            check: Some(part.check),
            latency_ms: millis(took),
            decision_id: None,
            attestation: None,
        }
    }
}

/// Says in the header `Retry-After` when to ask again, where somebody asked too often.
pub(super) fn retry_after(mut response: Response, seconds: Option<u32>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer, as compatible clients call it.
const fn word(decision: Verdict) -> &'static str {
    match decision {
        Verdict::Allow => "allow",
        Verdict::Block => "block",
        Verdict::RequestHold => "escalate",
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
