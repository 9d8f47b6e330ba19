use gw_credentials::capability::{Asked, Budget, BudgetKind, Callee, Verified};
use serde_json::Value;

use super::{Case, Finding};
use crate::{Question, Reservation, Spend};

/// Asks every caveat whether it covers the action, and names what has to be taken for it.
pub(super) fn judge(case: &mut Case<'_>) -> Finding {
    let Some(verified) = &case.verified else {
        return Finding::Block("credential.missing", "no credential was verified".into());
    };
    let capability = verified.contents();
    let question = case.question;
    let callee = match callee(question) {
        Ok(callee) => callee,
        Err(reason) => return Finding::Block("scope.denied", reason.into()),
    };
    let asked = Asked {
        action: &question.action,
        agent: &capability.subject,
        now: case.now,
        risk_score: observed(question, "risk_score").and_then(Value::as_f64),
        callee,
    };
    if let Err(denied) = capability.check_caveats(&asked) {
        return Finding::Block(denied.code, denied.to_string().into());
    }
    match spends(capability, question.cost_cents) {
        Some(spends) => case.reservations.extend(spends.into_iter().map(Reservation::Spend)),
        None => {
            let reason = "the capability limits what is spent, and the check declares no cost";
            return Finding::Block("budget.cost", reason.into());
        }
    }
    Finding::Pass("every caveat allows the action")
}

/// What is to be spent; none where a cost is limited and not declared.
fn spends(capability: &Verified, cost_cents: Option<i64>) -> Option<Vec<Spend>> {
    let spend = |budget: &Budget| match (budget.kind, cost_cents) {
        (BudgetKind::Cents, None) => None,
        (_, cost) => Some(Spend::of(budget, cost.unwrap_or(0))),
    };
    capability.budgets.iter().map(spend).collect()
}

/// What the gate observed under this name.
fn observed<'a>(question: &'a Question, name: &str) -> Option<&'a Value> {
    question.context.as_ref()?.get(name)
}

/// The agent that is called: an action `agent:NAME` calls one, and a gate may say that another
/// does. A gate that says something else than the action is not believed.
fn callee(question: &Question) -> Result<Option<Callee<'_>>, &'static str> {
    let text = |name| match observed(question, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err("the gate says in no readable way which agent is called"),
    };
    let (said, zone) = (text("callee_agent")?, text("callee_zone")?);
    let named = question.action.strip_prefix("agent:");
    match (named, said) {
        (Some(named), Some(said)) if named != said => {
            Err("the gate says that another agent is called than the action names")
        }
        (None, None) if zone.is_none() => Ok(None),
        _ => Ok(Some(Callee { agent: named.or(said), zone })),
    }
}
