use chrono::{DateTime, Utc};

use crate::{Outcome, Question, Refusal, Snapshot};

/// Decides a check from a tenant's snapshot, for one moment.
///
/// # Errors
/// When the caller may not ask this gate for a decision.
pub fn decide(
    snapshot: &Snapshot,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Outcome, Refusal> {
    let _ = (snapshot, question, now);
    todo!()
}
