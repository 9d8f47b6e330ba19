use std::sync::Arc;

use super::{Case, Finding, KILL_SWITCH};
use crate::{Caller, Presented, VerifiedCapability};

/// Blocks what a switch of the tenant meets. Who the agent is, only a good signature tells, so that
/// is looked at here already: a capability that is revoked or has expired is still its agent's, and
/// one that was attenuated has its root's agent. Whatever else is wrong with it, its own stage says.
pub(super) fn judge(case: &mut Case<'_>) -> Finding {
    let engaged = &case.snapshot.kill_switches;
    if engaged.is_empty() {
        return Finding::NotConfigured;
    }
    case.verified = agent(case);
    let agent = case.verified.as_ref().map(|verified| verified.contents().subject.as_str());
    case.kill_switch = engaged.halt(case.gate.id, agent);
    match case.kill_switch {
        Some(scope) => Finding::Block(KILL_SWITCH, scope.reason().into()),
        None => Finding::Pass("no kill switch that is engaged meets this check"),
    }
}

fn agent(case: &Case<'_>) -> Option<Arc<VerifiedCapability>> {
    match (case.caller, &case.question.credential) {
        (Caller::Agent(verified), _) => Some(Arc::clone(verified)),
        (Caller::Key(_), Presented::Capability(token)) => {
            token.verify(case.snapshot, case.now).ok()
        }
        (Caller::Key(_), _) => None,
    }
}
