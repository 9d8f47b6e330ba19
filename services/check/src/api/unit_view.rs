//! Several checks on the wire.

use gw_journal::SubmitError;
use gw_kernel::Fault as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{CheckAnswer, CheckRequest};
use crate::app::{Answer, Refused};

/// Checks that are asked together, as they are documented.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documentation: nothing is read through it")]
pub(super) struct UnitRequest {
    /// 1 to 256 checks; all of them together are at most 4 MiB.
    #[schema(min_items = 1, max_items = 256)]
    checks: Vec<CheckRequest>,
}

/// What became of checks that were asked together.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnitAnswers {
    /// One answer for each check, in their order.
    answers: Vec<UnitAnswer>,
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum UnitAnswer {
    /// A decision.
    Decided(Box<Decided>),
    /// None: nothing was recorded for it.
    Refused {
        /// Why.
        problem: UnitProblem,
    },
}

/// A decision, as a single check is answered.
#[derive(Debug, Serialize, ToSchema)]
struct Decided {
    #[serde(flatten)]
    answer: CheckAnswer,
    /// Whether it was given before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    idempotency_replayed: bool,
}

/// Why one check of several has no decision.
#[derive(Debug, Serialize, ToSchema)]
struct UnitProblem {
    /// The status that it would have had alone.
    status: u16,
    /// The stable, dotted code: `check.idempotency_conflict`.
    code: &'static str,
    /// One sentence.
    detail: String,
}

impl UnitAnswers {
    /// Shapes the answers; none is there where another request has the check's key.
    pub(super) fn new(answers: Vec<Option<Answer>>) -> Self {
        let shape = |answer: Option<Answer>| match answer {
            Some(answer) => {
                let idempotency_replayed = answer.replayed;
                let answer = CheckAnswer::new(answer);
                UnitAnswer::Decided(Box::new(Decided { answer, idempotency_replayed }))
            }
            None => UnitAnswer::Refused { problem: UnitProblem::conflict() },
        };
        Self { answers: answers.into_iter().map(shape).collect() }
    }
}

impl UnitProblem {
    fn conflict() -> Self {
        let error = SubmitError::<Refused>::Conflict;
        Self { status: error.kind().status(), code: error.code(), detail: error.to_string() }
    }
}
