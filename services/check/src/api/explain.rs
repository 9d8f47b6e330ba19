use axum::{Json, extract::State};
use gw_decision::GateRef;
use gw_web::{Answer, Caller, Path, Problem, Problems, Query, codes, permissions::ReadDecisions};
use serde::Deserialize;
use utoipa::IntoParams;

use super::explain_view::ExplainView;
use crate::{
    Context, app,
    domain::{SupposedCheck, Supposition, Who},
};

/// Whom it is about, and what would be asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// A capability by its id (`jti`): as it was last shown, or else as it was minted.
    credential_id: Option<String>,
    /// An agent, with the capability that it showed last.
    subject: Option<String>,
    /// What would be asked for; whether the agent would be let in at all, when absent.
    action: Option<String>,
    /// On which resource.
    target: Option<String>,
    /// The cost that would be declared, in cents.
    cost_cents: Option<u32>,
}

/// Explain what an agent may do
///
/// Which stage would decide a check of this agent or capability, and why; what is left of its
/// budgets; and all that blocks it. Decided by the code of a check from what is true now: nothing
/// is recorded, and nothing taken. Looked for in the newest 100,000 entries of the log; a
/// capability that no check has shown since counts as untouched.
#[utoipa::path(get, path = "/gates/{gate}/explain", tag = "explanations",
    operation_id = "explanations.explain",
    params(("gate" = String, Path, description = "The gate's id or name"), Asked),
    responses((status = OK, body = ExplainView), Problems))]
pub(super) async fn explain(
    State(ctx): State<Context>,
    caller: Caller<ReadDecisions>,
    Path(gate): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Json<ExplainView>> {
    let wanted = asked.of_gate(GateRef::parse(&gate))?;
    Ok(Json(ExplainView::of_one(app::explain(&ctx, &caller, wanted).await?)))
}

impl Asked {
    fn of_gate(self, gate: GateRef) -> Result<Supposition, Problem> {
        let invalid = |detail: &str| Problem::new(&codes::INVALID_QUERY, detail);
        let who = match (self.credential_id, self.subject) {
            (Some(jti), None) => Who::Credential(jti),
            (None, Some(subject)) => Who::Agent(subject),
            _ => return Err(invalid("name `credential_id` or `subject`, one of them")),
        };
        let (target, cost_cents) = (self.target, self.cost_cents.map(i64::from));
        let check = match self.action {
            Some(action) => Some(SupposedCheck { action, target, context: None, cost_cents }),
            None if target.is_some() || cost_cents.is_some() => {
                return Err(invalid("`target` and `cost_cents` are of an `action`"));
            }
            None => None,
        };
        Ok(Supposition { gate, caller: None, who, checks: check.into_iter().collect() })
    }
}
