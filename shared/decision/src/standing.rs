//! How a capability stands, whatever is asked with it: what is against it, and what is left.

use chrono::{DateTime, Utc};
use gw_credentials::capability::Verified;
use gw_kernel::GateId;

use crate::{Counters, KillScope, Reservation, Snapshot, Spend};

/// Something that blocks every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The code that a check would be blocked with, were it the only one.
    pub code: &'static str,
    /// What it is, in one sentence.
    pub detail: String,
}

/// What one budget of a capability gives, and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its counter key.
    pub limit: String,
    /// How much there is in all, or in one window.
    pub total: i64,
    /// How much is left.
    pub remaining: i64,
    /// When it starts anew, where a window is open.
    pub resets_at: Option<DateTime<Utc>>,
}

/// Everything that blocks every check of this principal at this gate: a check names the first alone.
#[must_use]
pub fn obstacles(
    snapshot: &Snapshot,
    gate: GateId,
    principal: Option<&Verified>,
    now: DateTime<Utc>,
) -> Vec<Obstacle> {
    let switches = &snapshot.kill_switches;
    let agent = principal.filter(|one| switches.agents.contains(&one.subject));
    let engaged = [
        (switches.tenant, KillScope::Tenant),
        (switches.gates.contains(&gate), KillScope::Gate),
        (agent.is_some(), KillScope::Agent),
    ];
    let engaged = engaged.into_iter().filter(|(engaged, _)| *engaged);
    let mut found: Vec<Obstacle> = engaged.map(|(_, scope)| Obstacle::halt(scope)).collect();
    let Some(capability) = principal else { return found };
    if let Err(error) = capability.check_started(now) {
        found.push(Obstacle { code: "credential.not_yet_valid", detail: error.to_string() });
    }
    if let Err(denied) = capability.check_expiry(now) {
        found.push(Obstacle { code: denied.code, detail: denied.to_string() });
    }
    if snapshot.revocations.refuse(capability) {
        let detail = "the capability is revoked".to_owned();
        found.push(Obstacle { code: "credential.revoked", detail });
    }
    found
}

impl Obstacle {
    /// A kill switch.
    #[must_use]
    pub fn halt(scope: KillScope) -> Self {
        Self { code: crate::stages::KILL_SWITCH, detail: scope.reason().to_owned() }
    }
}

/// The budgets of a capability, as they are named where something is taken from them.
#[must_use]
pub fn budgets(capability: &Verified) -> Vec<Reservation> {
    let spends = capability.budgets.iter().map(|budget| Spend::of(budget, 0));
    spends.map(Reservation::Spend).collect()
}

/// What is left of budgets, where so much has been taken.
#[must_use]
pub fn left(budgets: &[Reservation], counters: &Counters, now: DateTime<Utc>) -> Vec<Left> {
    let left = |spend: &Spend| {
        let counter = counters.at(spend, now);
        let open = counter.used > 0;
        Left {
            limit: spend.counter_key(),
            total: spend.limit(),
            remaining: spend.limit().saturating_sub(counter.used).max(0),
            resets_at: counter.since.filter(|_| open).zip(spend.window()).map(|(at, it)| at + it),
        }
    };
    budgets.iter().filter_map(Reservation::spend).map(left).collect()
}
