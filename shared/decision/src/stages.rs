//! The stages, as a list that one can read.

mod caller;
mod credential;
mod kill_switch;
mod scope;

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{
    AccessMode, Burn, Caller, Gate, KillScope, Outcome, Presented, Question, Refusal, Reservation,
    SecurityProfile, Snapshot, StageOutcome, StageReport, Verdict, VerifiedCapability,
};

/// One stage: its name, and what it does. The order is the order of the list.
struct Stage {
    name: &'static str,
    judge: fn(&mut Case<'_>) -> Finding,
}

/// The stages after the caller's that ask who it is that acts, in order.
const WHO: &[Stage] = &[
    Stage { name: KILL_SWITCH, judge: kill_switch::judge },
    Stage { name: "credential", judge: credential::judge },
    Stage { name: "possession", judge: possession },
];

/// The stages that ask what it may do: they follow in order. The first of all that blocks ends the
/// decision.
const WHAT: &[Stage] = &[
    Stage { name: "anonymous", judge: anonymous },
    Stage { name: "catalog", judge: not_configured },
    Stage { name: "scope", judge: scope::judge },
    Stage { name: "intent", judge: not_configured },
    Stage { name: "entitlement", judge: not_configured },
    Stage { name: "policy", judge: not_configured },
    Stage { name: "approval", judge: not_configured },
    Stage { name: RESERVATION, judge: reservation },
];

/// The stage that the global kill switch has its say in, while the head is held.
pub(crate) const KILL_SWITCH: &str = "kill_switch";

/// The stage that is settled while the head is held.
pub(crate) const RESERVATION: &str = "reservation";

/// What is known of a check while the stages judge it.
struct Case<'a> {
    snapshot: &'a Snapshot,
    question: &'a Question,
    gate: &'a Gate,
    now: DateTime<Utc>,
    caller: &'a Caller,
    kill_switch: Option<KillScope>,
    verified: Option<Arc<VerifiedCapability>>,
    reservations: Vec<Reservation>,
}

/// What one stage finds.
enum Finding {
    Pass(&'static str),
    Block(&'static str, Cow<'static, str>),
    NotConfigured,
    Skipped(&'static str),
}

/// Decides a check from a tenant's snapshot, for one moment.
///
/// # Errors
/// When the caller may not ask this gate for a decision.
pub fn decide(
    snapshot: &Snapshot,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Outcome, Refusal> {
    run(snapshot, question, now, WHAT)
}

/// Finds who asks, and nothing about what is asked for: the stages that ask what the agent may do
/// are left out. For requests that are answered without a decision; nothing of it is recorded.
///
/// # Errors
/// When the caller may not ask this gate for a decision.
pub fn authenticate(
    snapshot: &Snapshot,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Outcome, Refusal> {
    run(snapshot, question, now, &[])
}

fn run(
    snapshot: &Snapshot,
    question: &Question,
    now: DateTime<Utc>,
    what: &[Stage],
) -> Result<Outcome, Refusal> {
    let (caller, gate) = caller::admit(snapshot, question, now)?;
    let given = question.idempotency.as_ref();
    let burns = given.map(|given| Burn::idempotency_key(gate.id, &caller, given));
    let mut case = Case {
        snapshot,
        question,
        gate,
        now,
        caller: &caller,
        kill_switch: None,
        verified: None,
        reservations: burns.into_iter().map(Reservation::Burn).collect(),
    };
    let mut checks = Vec::with_capacity(WHO.len() + what.len() + 1);
    checks.push(Finding::Pass("").report("caller"));
    let mut blocked = None;
    for (at, stage) in WHO.iter().chain(what).enumerate() {
        let finding =
            if blocked.is_none() { (stage.judge)(&mut case) } else { Finding::Skipped("") };
        checks.push(finding.report(stage.name));
        if let Finding::Block(code, reason) = finding {
            blocked = Some((at < WHO.len(), code, reason));
        }
    }
    let Case { kill_switch, verified, reservations, .. } = case;
    let mut outcome = Outcome {
        tenant: snapshot.tenant,
        epoch: snapshot.epoch,
        decided_at: now,
        gate: Arc::clone(gate),
        caller,
        decision: Verdict::Allow,
        would: None,
        code: "ok",
        reason: "every check passed".into(),
        checks,
        access_mode: access_mode(verified.is_some()),
        kill_switch,
        verified,
        reservations,
        nothing_presented: matches!(question.credential, Presented::None),
    };
    // A kill switch holds at every gate. So do a caller's own rights, and an agent that asks for
    // itself has none besides its capability.
    let killed = outcome.kill_switch.is_some();
    let alone = matches!(outcome.caller, Caller::Agent(_));
    match blocked {
        Some((who, code, reason)) if killed || (who && alone) => outcome.refuse(code, reason),
        Some((_, code, reason)) => outcome.block(code, reason),
        None => {}
    }
    Ok(outcome)
}

const fn access_mode(verified: bool) -> AccessMode {
    if verified { AccessMode::Credentialed } else { AccessMode::None }
}

fn not_configured(_: &mut Case<'_>) -> Finding {
    Finding::NotConfigured
}

/// At L3 nothing passes without a fresh proof, and none can be given yet.
fn possession(case: &mut Case<'_>) -> Finding {
    match case.gate.profile {
        SecurityProfile::L1 | SecurityProfile::L2 => Finding::NotConfigured,
        SecurityProfile::L3 => Finding::Block(
            "possession.required",
            "this gate demands a fresh proof that the agent holds its key".into(),
        ),
    }
}

/// No gate admits agents that present nothing.
fn anonymous(case: &mut Case<'_>) -> Finding {
    match case.question.credential {
        Presented::None => {
            Finding::Block("credential.missing", "no credential was presented".into())
        }
        _ => Finding::Skipped("a credential was presented"),
    }
}

/// Only names what there is to take; taking it is [`crate::settle`]'s and [`crate::burn`]'s.
fn reservation(case: &mut Case<'_>) -> Finding {
    if case.reservations.is_empty() { Finding::NotConfigured } else { Finding::Pass("") }
}

impl Finding {
    fn report(&self, check: &'static str) -> StageReport {
        let (outcome, detail) = match self {
            Self::Pass(detail) => (StageOutcome::Pass, (*detail).into()),
            Self::Block(_, reason) => (StageOutcome::Block, reason.clone()),
            Self::NotConfigured => (StageOutcome::NotConfigured, "".into()),
            Self::Skipped(detail) => (StageOutcome::Skipped, (*detail).into()),
        };
        StageReport { check, outcome, detail }
    }
}
