use gw_decision::Settled;
use gw_kernel::rfc3339;
use serde::{Deserialize, Serialize};

/// What an answer says besides its record. It is kept with the caller's key, so that the answer
/// can be given again as it was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Why: one of our codes.
    pub(crate) code: String,
    /// Why, in one sentence.
    pub(crate) reason: String,
    /// Every stage: its name, its outcome, and why in a few words.
    pub(crate) checks: Vec<(String, String, String)>,
    /// What was left of each limit.
    pub(crate) limits: Vec<ToldLimit>,
    /// In how many seconds to ask again.
    pub(crate) retry_after: Option<u64>,
}

/// What was left of one limit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ToldLimit {
    /// Its counter key.
    pub(crate) limit: String,
    /// How much was left.
    pub(crate) remaining: i64,
    /// When it starts anew: RFC 3339.
    pub(crate) resets_at: Option<String>,
}

impl Told {
    /// What is told of this decision.
    pub(crate) fn of(settled: &Settled) -> Self {
        let outcome = &settled.outcome;
        let check = |report: &gw_decision::StageReport| {
            let detail = report.detail.clone().into_owned();
            (report.check.to_owned(), report.outcome.to_string(), detail)
        };
        let limit = |limit: &gw_decision::Limit| ToldLimit {
            limit: limit.limit.clone(),
            remaining: limit.remaining,
            resets_at: limit.resets_at.map(rfc3339),
        };
        Self {
            code: outcome.code.to_owned(),
            reason: outcome.reason.clone().into_owned(),
            checks: outcome.checks.iter().map(check).collect(),
            limits: settled.limits.iter().map(limit).collect(),
            retry_after: settled.retry_after,
        }
    }

    /// As it is kept.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// As it was kept; none when it is something else.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
