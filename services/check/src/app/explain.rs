use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_credentials::capability::Verified;
use gw_decision::{
    Gate, KillScope, Left, Obstacle, Refusal, Simulated, Simulation, Situation, Supposed, budgets,
    left, obstacles, simulate,
};
use gw_kernel::Epoch;
use gw_web::{Caller, permissions::ReadDecisions};

use super::{
    ExplainError, ReadError,
    principal::{Known, principal},
};
use crate::{
    Context,
    domain::{SupposedCheck, Supposition},
    store,
};

/// What would be decided for a principal, and how it stands.
pub(crate) struct Explained {
    /// The gate.
    pub(crate) gate: Arc<Gate>,
    /// The epoch that all of it is from.
    pub(crate) epoch: Epoch,
    /// The moment.
    pub(crate) at: DateTime<Utc>,
    /// Who it is, where that is known for certain, or supposed.
    pub(crate) principal: Option<Verified>,
    /// How it is known.
    pub(crate) known: Option<Known>,
    /// All that blocks every check of it here.
    pub(crate) obstacles: Vec<Obstacle>,
    /// What is left of its budgets.
    pub(crate) budgets: Vec<Left>,
    /// Whether it would be let in at all.
    pub(crate) standing: Result<Simulated, Refusal>,
    /// What would be decided, each as if it were the only one.
    pub(crate) answers: Vec<Result<Simulated, Refusal>>,
}

/// Says what would be decided for somebody, and why, from what is true no earlier than now. It is
/// decided by the code of a check, and has no way to the journal: nothing is recorded or taken. What
/// has been taken is read under no lock.
#[tracing::instrument(name = "check.explain", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn explain(
    ctx: &Context,
    caller: &Caller<ReadDecisions>,
    wanted: Supposition,
) -> Result<Explained, ExplainError> {
    let loaded = ctx.snapshots.fresh(caller.tenant).await.map_err(ReadError::from)?;
    let snapshot = &loaded.snapshot;
    let gate = snapshot.gate(&wanted.gate).filter(|gate| caller.reaches(gate.id));
    let gate = Arc::clone(gate.ok_or(ReadError::NoGate)?);
    let mut tx = ctx.db.tenant(caller).await.map_err(ReadError::Db)?;
    let (who, known) = principal(&mut tx, caller, &wanted.who).await?;
    let halted = store::halted(&ctx.db).await.map_err(ReadError::Db)?;
    let now = tx.now();

    let suppose = |check: Option<SupposedCheck>| {
        let mut simulation = simulate(snapshot, situation(&wanted, &who, check), now)?;
        if halted {
            simulation.halt();
        }
        Ok::<_, Refusal>(simulation)
    };
    let standing = suppose(None);
    let answers: Vec<_> = wanted.checks.iter().map(|check| suppose(Some(check.clone()))).collect();

    let principal = standing.as_ref().ok().and_then(Simulation::principal).cloned();
    let mut against = obstacles(snapshot, gate.id, principal.as_ref(), now);
    against.splice(0..0, halted.then(|| Obstacle::halt(KillScope::Global)));
    let mut named = principal.as_ref().map(budgets).unwrap_or_default();
    let own = named.len();
    for simulation in answers.iter().flatten() {
        named.extend_from_slice(simulation.reservations());
    }
    let counters = store::taken(&mut tx, &named).await.map_err(ReadError::Db)?.counters;
    tx.end_reading().await.map_err(ReadError::Db)?;
    let settle = |simulation: Simulation| simulation.settle(counters.clone(), now);
    Ok(Explained {
        gate,
        epoch: snapshot.epoch,
        at: now,
        known,
        obstacles: against,
        budgets: left(&named[..own], &counters, now),
        principal,
        standing: standing.map(settle),
        answers: answers.into_iter().map(|answer| answer.map(settle)).collect(),
    })
}

fn situation(wanted: &Supposition, who: &Supposed, check: Option<SupposedCheck>) -> Situation {
    let (gate, caller, principal) = (wanted.gate.clone(), wanted.caller, who.clone());
    let Some(SupposedCheck { action, target, context, cost_cents }) = check else {
        let (target, context, cost_cents) = Default::default();
        return Situation { gate, caller, action: None, target, context, cost_cents, principal };
    };
    Situation { gate, caller, action: Some(action), target, context, cost_cents, principal }
}
