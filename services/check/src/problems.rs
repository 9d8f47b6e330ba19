//! The problems that only this service answers with, and what to do about each.

use gw_web::ProblemInfo;

const fn problem(
    code: &'static str,
    status: u16,
    title: &'static str,
    advice: &'static str,
) -> ProblemInfo {
    ProblemInfo { code, status, title, advice }
}

pub(crate) const PROBLEMS: &[ProblemInfo] = &[
    problem(
        "request.case_variant",
        400,
        "A known member is written in other letters",
        "Write members as the API's description has them: two readers must not see two requests.",
    ),
    problem(
        "request.record_too_large",
        400,
        "The record of the check would be too large",
        "Shorten `context`, or present a credential with fewer caveats.",
    ),
    problem(
        "gate.not_found",
        404,
        "There is no such gate",
        "Compare the gate in the path with the list of gates.",
    ),
    problem(
        "decision.not_found",
        404,
        "There is no such decision",
        "Compare the id in the path with `decision_id` of an answer.",
    ),
    problem(
        "gate.archived",
        410,
        "The gate answers no checks any more",
        "Ask another gate; the archived one's records stay readable.",
    ),
    problem(
        "caller.rate_limited",
        429,
        "The caller asks more often than it may",
        "Ask again after the seconds in `Retry-After`; the limit is the API key's own, or the \
         installation's.",
    ),
    problem(
        "check.stale",
        503,
        "The tenant's configuration could not be loaded in time",
        "Try again; if it stays, look at the log for this tenant's snapshot errors.",
    ),
    problem(
        "check.journal_unavailable",
        503,
        "The decision could not be recorded",
        "Try again: nothing was decided. If it stays, look at `/readyz`.",
    ),
    problem(
        "check.outcome_unknown",
        503,
        "The record was sent, and its commit was not seen in time",
        "Ask again with the same idempotency key; without one, look at the gate's attestations first.",
    ),
    problem(
        "log.no_entry",
        404,
        "The log has no entry at this position",
        "Compare the position with the newest checkpoint's size.",
    ),
    problem(
        "log.broken",
        500,
        "What is stored of the log does not agree with what was signed",
        "Keep the database as it is and verify the log: somebody changed it from outside.",
    ),
    problem(
        "log.no_checkpoint",
        503,
        "No checkpoint covers the entry yet",
        "Try again in a moment.",
    ),
    problem(
        "log.regressed",
        503,
        "The tenant's log has lost entries",
        "An operator compares the log with the last checkpoint that is known, and acknowledges.",
    ),
];
