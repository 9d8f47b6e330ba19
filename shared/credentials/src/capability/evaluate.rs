use chrono::{DateTime, Utc};

use gw_kernel::{glob_matches, is_glob};

use super::{CaveatKind, Verified};
use crate::CredentialError;

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
    /// Whether the capability is valid already, and still, at this moment.
    ///
    /// # Errors
    /// The caveat that has expired. A capability that is not valid yet is
    /// [`CredentialError::NotYetValid`], see [`Verified::check_started`].
    pub fn check_expiry(&self, now: DateTime<Utc>) -> Result<(), CaveatDenied> {
        self.check(|kind| match kind {
            CaveatKind::Exp { exp } => check_expiry(*exp, now),
            _ => Ok(()),
        })
    }

    /// Whether the capability's `nbf` has come.
    ///
    /// # Errors
    /// [`CredentialError::NotYetValid`].
    pub fn check_started(&self, now: DateTime<Utc>) -> Result<(), CredentialError> {
        if now.timestamp() < self.nbf { Err(CredentialError::NotYetValid) } else { Ok(()) }
    }

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
        self.check(|kind| match kind {
            CaveatKind::AgentLock { agent: only } if only == agent => Ok(()),
            CaveatKind::AgentLock { .. } => Err((SCOPE, "it is for another agent".to_owned())),
            CaveatKind::Exp { exp } => check_expiry(*exp, now),
            CaveatKind::ToolAllow { tools } | CaveatKind::ToolDeny { tools }
                if !tools.iter().all(|tool| is_glob(tool)) =>
            {
                Err((SCOPE, "one of its patterns cannot be read".to_owned()))
            }
            CaveatKind::ToolAllow { tools } if matches_one(tools, action) => Ok(()),
            CaveatKind::ToolAllow { .. } => Err((SCOPE, format!("it does not allow `{action}`"))),
            CaveatKind::ToolDeny { tools } if matches_one(tools, action) => {
                Err((SCOPE, format!("it denies `{action}`")))
            }
            CaveatKind::ToolDeny { .. } | CaveatKind::MaxCalls { .. } => Ok(()),
            CaveatKind::Unsupported { .. } => {
                Err(("caveat.unsupported", "it is of a type that is not enforced".to_owned()))
            }
        })
    }

    fn check(
        &self,
        allows: impl Fn(&CaveatKind) -> Result<(), (&'static str, String)>,
    ) -> Result<(), CaveatDenied> {
        for (index, kind) in self.kinds.iter().enumerate() {
            allows(kind).map_err(|(code, reason)| CaveatDenied {
                index,
                kind: kind.name().chars().take(MAX_NAME).collect(),
                code,
                reason,
            })?;
        }
        Ok(())
    }
}

/// Longer names of caveats are cut where they are repeated, in characters.
const MAX_NAME: usize = 64;

const SCOPE: &str = "scope.denied";
const EXPIRED: &str = "credential.expired";

fn check_expiry(exp: Option<i64>, now: DateTime<Utc>) -> Result<(), (&'static str, String)> {
    match exp {
        Some(exp) if now.timestamp() < exp => Ok(()),
        Some(_) => Err((EXPIRED, "the capability has expired".to_owned())),
        None => Err((EXPIRED, "it names no moment".to_owned())),
    }
}

/// Exact names are compared first: they are the rule, and cost no parsing.
fn matches_one(tools: &[String], action: &str) -> bool {
    tools.iter().any(|tool| tool == action)
        || tools.iter().any(|tool| tool.contains(GLOB_MARKS) && glob_matches(tool, action))
}

/// A pattern without any of these matches only itself.
const GLOB_MARKS: [char; 4] = ['*', '?', '[', '\\'];
