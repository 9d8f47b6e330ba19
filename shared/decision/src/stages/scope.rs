use super::{Case, Finding};
use crate::Reservation;

/// Asks every caveat whether it covers the action, and names what has to be taken for it.
pub(super) fn judge(case: &mut Case<'_>) -> Finding {
    let Some(verified) = &case.verified else {
        return Finding::Block("credential.missing", "no credential was verified".into());
    };
    let capability = verified.contents();
    let action = &case.question.action;
    if let Err(denied) = capability.check_caveats(action, &capability.subject, case.now) {
        return Finding::Block(denied.code, denied.to_string().into());
    }
    case.reservations = capability
        .budgets
        .iter()
        .map(|budget| Reservation::Calls { hop: budget.hop.clone(), limit: budget.max_calls })
        .collect();
    Finding::Pass("every caveat allows the action")
}
