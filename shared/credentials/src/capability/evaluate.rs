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

/// What caveats are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What is asked for.
    pub action: &'a str,
    /// Who asks.
    pub agent: &'a str,
    /// The moment.
    pub now: DateTime<Utc>,
    /// The risk that the gate sees; none where it says nothing.
    pub risk_score: Option<f64>,
    /// The agent that is called, where one is.
    pub callee: Option<Callee<'a>>,
}

/// Another agent that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callee<'a> {
    /// Its name, if that is known.
    pub agent: Option<&'a str>,
    /// Its zone, if that is known.
    pub zone: Option<&'a str>,
}

type Judged = Result<(), (&'static str, String)>;

impl Asked<'_> {
    fn allowed_by(&self, kind: &CaveatKind) -> Judged {
        let action = self.action;
        match kind {
            CaveatKind::AgentLock { agent: only } if only == self.agent => Ok(()),
            CaveatKind::AgentLock { .. } => Err((SCOPE, "it is for another agent".to_owned())),
            CaveatKind::Exp { exp } => check_expiry(*exp, self.now),
            CaveatKind::ToolAllow { tools } | CaveatKind::ToolDeny { tools }
                if !tools.iter().all(|tool| is_glob(tool)) =>
            {
                Err((SCOPE, "one of its patterns cannot be read".to_owned()))
            }
            CaveatKind::ToolAllow { tools } if matches_one(tools, action) => Ok(()),
            CaveatKind::ToolDeny { tools } if matches_one(tools, action) => {
                Err((SCOPE, format!("it denies `{action}`")))
            }
            CaveatKind::McpAllow { servers } if servers.iter().any(|one| serves(one, action)) => {
                Ok(())
            }
            CaveatKind::ToolAllow { .. } | CaveatKind::McpAllow { .. } => {
                Err((SCOPE, format!("it does not allow `{action}`")))
            }
            CaveatKind::RiskMax { risk_max } => check_risk(self.risk_score, *risk_max),
            CaveatKind::CalleeAllow { callees, callee_zones } => {
                self.callee.map_or(Ok(()), |callee| check_callee(callee, callees, callee_zones))
            }
            CaveatKind::ToolDeny { .. } | CaveatKind::StepUp { .. } => Ok(()),
            CaveatKind::MaxCalls { .. }
            | CaveatKind::RateLimit { .. }
            | CaveatKind::MaxCost { .. } => Ok(()),
            CaveatKind::Unsupported { .. } => {
                Err(("caveat.unsupported", "it is of a type that is not enforced".to_owned()))
            }
        }
    }
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

    /// Whether every caveat allows what is asked. Budgets are not judged here: they are taken
    /// where they are counted.
    ///
    /// # Errors
    /// The first caveat that does not.
    pub fn check_caveats(&self, asked: &Asked<'_>) -> Result<(), CaveatDenied> {
        self.check(|kind| asked.allowed_by(kind))
    }

    fn check(&self, allows: impl Fn(&CaveatKind) -> Judged) -> Result<(), CaveatDenied> {
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

fn check_expiry(exp: Option<i64>, now: DateTime<Utc>) -> Judged {
    match exp {
        Some(exp) if now.timestamp() < exp => Ok(()),
        Some(_) => Err((EXPIRED, "the capability has expired".to_owned())),
        None => Err((EXPIRED, "it names no moment".to_owned())),
    }
}

/// Where nothing is known of the risk, it is too high.
fn check_risk(score: Option<f64>, risk_max: i64) -> Judged {
    let risk_max = f64::from(i32::try_from(risk_max).unwrap_or(i32::MAX));
    match score {
        Some(score) if (0.0..=risk_max).contains(&score) => Ok(()),
        Some(score) => Err((SCOPE, format!("the risk is {score}, and may be {risk_max} at most"))),
        None => Err((SCOPE, "the gate did not say what the risk is".to_owned())),
    }
}

/// What is listed is demanded; where nothing is, no agent may be called.
fn check_callee(callee: Callee<'_>, callees: &[String], zones: &[String]) -> Judged {
    let listed = |list: &[String], name: Option<&str>| {
        list.is_empty() || name.is_some_and(|name| list.iter().any(|listed| listed == name))
    };
    let some = !callees.is_empty() || !zones.is_empty();
    if some && listed(callees, callee.agent) && listed(zones, callee.zone) {
        return Ok(());
    }
    Err((SCOPE, "it does not allow this agent to be called".to_owned()))
}

/// Whether an action is a server's: its own name, or behind it a separator and a tool's.
fn serves(server: &str, action: &str) -> bool {
    let rest = (!server.is_empty()).then(|| action.strip_prefix(server)).flatten();
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':', '/']))
}

/// Exact names are compared first: they are the rule, and cost no parsing.
fn matches_one(tools: &[String], action: &str) -> bool {
    tools.iter().any(|tool| tool == action)
        || tools.iter().any(|tool| tool.contains(GLOB_MARKS) && glob_matches(tool, action))
}

/// A pattern without any of these matches only itself.
const GLOB_MARKS: [char; 4] = ['*', '?', '[', '\\'];
