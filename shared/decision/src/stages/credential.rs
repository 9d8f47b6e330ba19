use std::sync::Arc;

use gw_credentials::capability::Verified;

use super::{Case, Finding};
use crate::{Caller, Presented};

/// Longer names of kinds are cut where they are repeated, in characters.
const MAX_NAME: usize = 64;

/// Verifies what was presented: form, signature, tenant, times, revocation. Whatever is presented
/// and cannot be used blocks, and never falls back to anonymous access.
pub(super) fn judge(case: &mut Case<'_>) -> Finding {
    let token = match &case.question.credential {
        Presented::None => return Finding::Skipped("no credential was presented"),
        Presented::Unreadable(why) => {
            return Finding::Block("credential.malformed", (*why).into());
        }
        Presented::Unsupported(kind) => {
            let kind: String = kind.chars().take(MAX_NAME).collect();
            let reason = format!("credentials of kind `{kind}` are not supported");
            return Finding::Block("credential.unsupported", reason.into());
        }
        Presented::Capability(token) => token,
    };
    let verified = match (&case.verified, case.caller) {
        (Some(verified), _) | (None, Caller::Agent(verified)) => Arc::clone(verified),
        (None, Caller::Key(_)) => match token.verify(case.snapshot, case.now) {
            Ok(verified) => verified,
            Err(error) => return Finding::Block(error.code(), error.to_string().into()),
        },
    };
    let finding = judge_contents(case, verified.contents());
    case.verified = Some(verified);
    finding
}

/// The times come first: what refuses only capabilities that have ended is forgotten some time,
/// and whether that has happened must not be seen in an answer.
fn judge_contents(case: &Case<'_>, capability: &Verified) -> Finding {
    if let Err(error) = capability.check_started(case.now) {
        return Finding::Block(error.code(), error.to_string().into());
    }
    if let Err(denied) = capability.check_expiry(case.now) {
        return Finding::Block(denied.code, denied.to_string().into());
    }
    if case.snapshot.revocations.refuse(capability) {
        return Finding::Block("credential.revoked", "the capability is revoked".into());
    }
    Finding::Pass("the capability is valid")
}
