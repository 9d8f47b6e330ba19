use chrono::{DateTime, Utc};

use super::Verified;

/// The first caveat that does not allow what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("caveat {index} ({kind}): {reason}")]
pub struct CaveatDenied {
    /// Its position in the chain, from zero.
    pub index: usize,
    /// Its `t`.
    pub kind: String,
    /// `credential.expired`, `scope.denied` or `caveat.unsupported`.
    pub code: &'static str,
    /// Why, in a few words.
    pub reason: String,
}

impl Verified {
    /// Whether every caveat allows this agent to do this action at this moment. `max_calls` is not
    /// judged here: it is taken where the calls are counted.
    ///
    /// # Errors
    /// The first caveat that does not.
    pub fn check_caveats(
        &self,
        action: &str,
        agent: &str,
        now: DateTime<Utc>,
    ) -> Result<(), CaveatDenied> {
        let _ = (action, agent, now);
        todo!()
    }
}
