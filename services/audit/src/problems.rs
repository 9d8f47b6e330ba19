//! The problems that only this service answers with, and what to do about each.

use gw_web::ProblemInfo;

pub(crate) const PROBLEMS: &[ProblemInfo] = &[
    ProblemInfo {
        code: "history.behind",
        status: 503,
        title: "The log has not been read so far yet",
        advice: "Try again in a moment; `gatewright_audit_entries_behind` says how much is left.",
    },
    ProblemInfo {
        code: "log.broken",
        status: 500,
        title: "What is stored of the log does not agree with what was signed",
        advice: "Keep the database as it is and verify the log: somebody changed it from outside.",
    },
];
