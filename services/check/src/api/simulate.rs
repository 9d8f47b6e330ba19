use axum::extract::State;
use gw_decision::GateRef;
use gw_kernel::{ApiKeyId, Text};
use gw_web::{Answer, Caller, Json, Problem, Problems, codes, permissions::ReadDecisions};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::explain_view::ExplainView;
use crate::{
    Context, app,
    domain::{RequestError, SupposedCheck, Supposition, Who},
};

/// So many checks are supposed at once.
const MAX_CHECKS: usize = 100;
/// No capability has more caveats.
const MAX_CAVEATS: usize = 64;

/// Checks that nobody has asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SimulateRequest {
    /// The gate that would be asked, by id or name; the tenant's default gate when absent.
    gate: Option<Text<1, 200>>,
    /// The API key that would ask; one that may, when absent.
    api_key_id: Option<ApiKeyId>,
    /// Who would act; somebody who presents nothing, when absent.
    principal: Option<PrincipalRequest>,
    /// What would be asked for, 1 to 100: each as if it were the only one.
    checks: Vec<SupposedRequest>,
}

/// Who would act: `credential`, `credential_id` or `subject`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PrincipalRequest {
    /// The holder of this capability: `{"kind": "capability", "value": "<token>"}`.
    credential: Option<CredentialRequest>,
    /// A capability by its id (`jti`): as it was last shown, or else as it was minted.
    credential_id: Option<Text<1, 512>>,
    /// An agent: with `caveats`, or with the capability that it showed last.
    subject: Option<Text<1, 512>>,
    /// The caveats that its capability would have, as tokens have them:
    /// `[{"t": "tool_allow", "tools": ["read_*"]}]`.
    #[schema(value_type = Option<Vec<Object>>)]
    caveats: Option<Vec<Map<String, Value>>>,
}

/// A credential that is shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CredentialRequest {
    /// `capability`.
    kind: Kind,
    /// The token.
    value: Text<1, 65_536>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Capability,
}

/// One check that nobody has asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SupposedRequest {
    /// What would be asked for.
    action: Text<1, 256>,
    /// On which resource.
    target: Option<Text<0, 8192>>,
    /// What the gate would observe.
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    /// The cost that would be declared, in cents.
    cost_cents: Option<u32>,
}

/// Simulate checks
///
/// What would be decided now for somebody, and why, check by check: for the holder of a token, for
/// a capability or an agent that the log knows, or for one that is only supposed. Decided by the
/// code of a check; nothing is recorded, and nothing taken.
#[utoipa::path(post, path = "/v1/admin/simulate", tag = "explanations",
    operation_id = "explanations.simulate", request_body = SimulateRequest,
    responses((status = OK, body = ExplainView), Problems))]
pub(super) async fn simulate(
    State(ctx): State<Context>,
    caller: Caller<ReadDecisions>,
    Json(request): Json<SimulateRequest>,
) -> Answer<Json<ExplainView>> {
    let wanted = request.accept()?;
    Ok(Json(ExplainView::of_many(app::explain(&ctx, &caller, wanted).await?)))
}

impl SimulateRequest {
    fn accept(self) -> Result<Supposition, Problem> {
        match self.checks.len() {
            0 => return Err(RequestError::NoChecks.into()),
            1..=MAX_CHECKS => {}
            _ => return Err(RequestError::TooManyChecks(MAX_CHECKS).into()),
        }
        Ok(Supposition {
            gate: self.gate.map_or(GateRef::Default, |gate| GateRef::parse(&gate)),
            caller: self.api_key_id,
            who: self.principal.map_or(Ok(Who::Nobody), PrincipalRequest::accept)?,
            checks: self.checks.into_iter().map(SupposedRequest::accept).collect(),
        })
    }
}

impl PrincipalRequest {
    fn accept(self) -> Result<Who, Problem> {
        let invalid = |detail: &str| Problem::new(&codes::INVALID_VALUE, detail).at("/principal");
        match (self.credential, self.credential_id, self.subject, self.caveats) {
            (Some(shown), None, None, None) => {
                let (Kind::Capability, value) = (shown.kind, shown.value);
                Ok(Who::Holder(value.into_string()))
            }
            (None, Some(jti), None, None) => Ok(Who::Credential(jti.into_string())),
            (None, None, Some(subject), None) => Ok(Who::Agent(subject.into_string())),
            (None, None, Some(_), Some(caveats)) if caveats.len() > MAX_CAVEATS => {
                Err(invalid("a capability has at most 64 caveats"))
            }
            (None, None, Some(subject), Some(caveats)) => {
                let caveats = caveats.into_iter().map(|caveat| Value::Object(caveat).to_string());
                Ok(Who::Minted { subject: subject.into_string(), caveats: caveats.collect() })
            }
            _ => Err(invalid(
                "name one of `credential`, `credential_id` and `subject`; `caveats` are of a \
                 `subject`",
            )),
        }
    }
}

impl SupposedRequest {
    fn accept(self) -> SupposedCheck {
        SupposedCheck {
            action: self.action.into_string(),
            target: self.target.map(Text::into_string),
            context: self.context.map(Value::Object),
            cost_cents: self.cost_cents.map(i64::from),
        }
    }
}
