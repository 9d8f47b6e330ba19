//! What would be decided, on the wire.

use gw_credentials::capability::Verified;
use gw_decision::{ENGINE, Left, Obstacle, Refusal, Simulated};
use gw_kernel::{Epoch, Fault as _, GateId, KeypairId, rfc3339};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::{Explained, Known};

/// What would be decided for a principal at a gate, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplainView {
    /// The gate.
    gate_id: GateId,
    /// `enforce` or `observe`.
    mode: &'static str,
    /// What it is from.
    basis: ExplainBasis,
    /// For which moment: RFC 3339, UTC, microseconds.
    evaluated_at: String,
    /// Who it is about; null where nothing is presented, or nothing of it can be believed.
    principal: Option<ExplainedPrincipal>,
    /// All that blocks every check of it here; a check names the first alone.
    obstacles: Vec<ObstacleView>,
    /// What is left of its budgets.
    budgets: Vec<BudgetView>,
    /// Whether it would be let in at all: the stages that ask who it is.
    standing: SimulationView,
    /// Where an action is named: what would be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<SimulationView>,
    /// Where several are supposed: what would be decided of each, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    answers: Vec<SimulationView>,
}

/// What a simulation is from.
#[derive(Debug, Serialize, ToSchema)]
struct ExplainBasis {
    /// The epoch.
    epoch: Epoch,
    /// The version of the pipeline.
    engine: &'static str,
    /// The key pair that the gate would sign with.
    key_id: KeypairId,
}

/// Who a simulation is about.
#[derive(Debug, Serialize, ToSchema)]
struct ExplainedPrincipal {
    /// How it is known: `presented`, `recorded` (as a check showed it last), `minted` (no check has
    /// shown it lately) or `supposed`.
    source: &'static str,
    /// The agent.
    agent_id: String,
    /// The capability's id; null where it is only supposed.
    credential_id: Option<String>,
    /// The id of the root of its chain.
    root_id: Option<String>,
    /// Its caveats, in order.
    #[schema(value_type = Vec<Object>)]
    caveats: Vec<Value>,
    /// What an action has to match: one pattern of every list. Without a list, any does.
    allow: Vec<Vec<String>>,
    /// What no action may match.
    deny: Vec<String>,
    /// The servers whose tools it may call: one of every list.
    servers: Vec<Vec<String>>,
}

/// Something that blocks every check.
#[derive(Debug, Serialize, ToSchema)]
struct ObstacleView {
    /// The code that a check would be blocked with.
    code: &'static str,
    /// What it is.
    detail: String,
}

/// What is left of one budget.
#[derive(Debug, Serialize, ToSchema)]
struct BudgetView {
    /// Which: `calls:<hop id>`, `rate:<hop id>` or `cost:<hop id>`.
    limit: String,
    /// How much there is in all, or in a minute.
    total: i64,
    /// How much is left.
    remaining: i64,
    /// When it starts anew (RFC 3339); null where it does not, or nothing is used.
    resets_at: Option<String>,
}

/// What would be decided of one check.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationView {
    /// What enforcement would say: `allow`, `block` or `request_hold`; `refused` where the caller
    /// would get no decision.
    would: &'static str,
    /// What the caller would be told; at a gate that observes, not always the same.
    decision: &'static str,
    /// Why: a stable code.
    code: &'static str,
    /// Why, in one sentence.
    reason: String,
    /// The stage that says no; null where none does.
    decided_by: Option<&'static str>,
    /// The stages, in order; none where the caller would be refused.
    stages: Vec<SimulatedStage>,
    /// What would be left of each limit.
    limits: Vec<SimulatedLimit>,
    /// In how many seconds to ask again, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

/// What one stage would say.
#[derive(Debug, Serialize, ToSchema)]
struct SimulatedStage {
    /// The stage.
    stage: &'static str,
    /// `pass`, `block`, `hold`, `not_configured` or `skipped`.
    outcome: &'static str,
    /// Why, in a few words.
    detail: String,
}

/// What would be left of a limit.
#[derive(Debug, Serialize, ToSchema)]
struct SimulatedLimit {
    /// Which.
    limit: String,
    /// How much would be left.
    remaining: i64,
    /// When it starts anew (RFC 3339); null where it does not.
    resets_at: Option<String>,
}

impl ExplainView {
    /// Of one check, or none.
    pub(super) fn of_one(explained: Explained) -> Self {
        let (view, answers) = Self::shaped(explained);
        Self { answer: answers.into_iter().next(), ..view }
    }

    /// Of several checks.
    pub(super) fn of_many(explained: Explained) -> Self {
        let (view, answers) = Self::shaped(explained);
        Self { answers, ..view }
    }

    fn shaped(explained: Explained) -> (Self, Vec<SimulationView>) {
        let Explained { gate, epoch, principal, known, .. } = explained;
        let view = Self {
            gate_id: gate.id,
            mode: gate.mode.as_str(),
            basis: ExplainBasis { epoch, engine: ENGINE, key_id: gate.key_id },
            evaluated_at: rfc3339(explained.at),
            principal: principal.zip(known).map(|(it, known)| ExplainedPrincipal::new(it, known)),
            obstacles: explained.obstacles.into_iter().map(ObstacleView::new).collect(),
            budgets: explained.budgets.into_iter().map(BudgetView::new).collect(),
            standing: SimulationView::new(explained.standing),
            answer: None,
            answers: Vec::new(),
        };
        (view, explained.answers.into_iter().map(SimulationView::new).collect())
    }
}

impl ExplainedPrincipal {
    fn new(capability: Verified, known: Known) -> Self {
        let caveats = capability.caveats_raw.iter();
        let caveats: Vec<Value> =
            caveats.map(|raw| serde_json::from_str(raw).unwrap_or_default()).collect();
        let lists = |kind: &str, member: &str| -> Vec<Vec<String>> {
            let of_kind = caveats.iter().filter(|caveat| caveat["t"] == kind);
            let texts = |list: &Value| {
                let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
                list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            };
            of_kind.map(|caveat| texts(&caveat[member])).collect()
        };
        let real = known != Known::Supposed;
        Self {
            source: match known {
                Known::Presented => "presented",
                Known::Recorded => "recorded",
                Known::Minted => "minted",
                Known::Supposed => "supposed",
            },
            agent_id: capability.subject,
            credential_id: Some(capability.jti).filter(|_| real),
            root_id: Some(capability.root_id).filter(|_| real),
            allow: lists("tool_allow", "tools"),
            deny: lists("tool_deny", "tools").concat(),
            servers: lists("mcp_allow", "servers"),
            caveats,
        }
    }
}

impl ObstacleView {
    fn new(Obstacle { code, detail }: Obstacle) -> Self {
        Self { code, detail }
    }
}

impl BudgetView {
    fn new(Left { limit, total, remaining, resets_at }: Left) -> Self {
        Self { limit, total, remaining, resets_at: resets_at.map(rfc3339) }
    }
}

impl SimulationView {
    fn new(simulated: Result<Simulated, Refusal>) -> Self {
        match simulated {
            Ok(simulated) => Self::decided(simulated),
            Err(refusal) => Self {
                would: "refused",
                decision: "refused",
                code: refusal.code(),
                reason: refusal.to_string(),
                decided_by: Some("caller"),
                stages: Vec::new(),
                limits: Vec::new(),
                retry_after: None,
            },
        }
    }

    fn decided(simulated: Simulated) -> Self {
        let stages = simulated.checks.into_iter().map(|report| SimulatedStage {
            stage: report.check,
            outcome: report.outcome.as_str(),
            detail: report.detail.into_owned(),
        });
        let limits = simulated.limits.into_iter().map(|limit| SimulatedLimit {
            limit: limit.limit,
            remaining: limit.remaining,
            resets_at: limit.resets_at.map(rfc3339),
        });
        Self {
            would: simulated.would.as_str(),
            decision: simulated.decision.as_str(),
            code: simulated.code,
            reason: simulated.reason,
            decided_by: simulated.decided_by,
            stages: stages.collect(),
            limits: limits.collect(),
            retry_after: simulated.retry_after,
        }
    }
}
