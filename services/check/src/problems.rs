//! The problems that only this service answers with, the codes of its decisions, and what to do
//! about each.

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
        "checks.empty",
        400,
        "The list of checks is empty",
        "Ask at least one check, or nothing at all.",
    ),
    problem(
        "checks.too_many",
        400,
        "The list has more checks than may be asked together",
        "Ask them in several requests; each is recorded by itself.",
    ),
    problem(
        "checks.too_many_limits",
        400,
        "The checks name more limits and keys than are taken together",
        "Ask them in several requests.",
    ),
    problem(
        "gate.not_found",
        404,
        "There is no such gate",
        "Compare the gate in the path with the list of gates.",
    ),
    problem(
        "principal.unknown",
        404,
        "The log does not know this agent or capability",
        "Present the capability itself, or suppose one: `POST /v1/admin/simulate`.",
    ),
    problem(
        "decision.not_found",
        404,
        "There is no such decision",
        "Compare the id in the path with `decision_id` of an answer.",
    ),
    problem(
        "decision.expired",
        410,
        "The record of the decision is past the tenant's retention",
        "Ask whoever made the check for the attestation that they took away: it verifies as before.",
    ),
    problem(
        "gate.archived",
        410,
        "The gate is archived",
        "Restore it with `POST .../restore` to use or change it; what it recorded stays readable.",
    ),
    problem(
        "limit.checks_per_second",
        429,
        "The tenant asks for more checks a second than its plan allows",
        "Ask again after the seconds in `Retry-After`, or ask the people who run the service for \
         more.",
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
    // What decisions say: HTTP 200, whatever was decided.
    problem("ok", 200, "The check is allowed", "Nothing: `decision` is `allow`."),
    problem(
        "kill_switch",
        200,
        "Somebody halted this",
        "Look at `GET /v1/admin/kill-switch`: it says who and why. Release it when it is over.",
    ),
    problem(
        "credential.missing",
        200,
        "No credential was presented",
        "Present one: in `credential`, or in the header that the surface has for it.",
    ),
    problem(
        "credential.malformed",
        200,
        "The credential cannot be read",
        "Present it as it was issued; two of them, or one that is empty, count as unreadable.",
    ),
    problem(
        "credential.too_large",
        200,
        "The credential is larger than allowed",
        "Mint or attenuate it with fewer caveats.",
    ),
    problem(
        "credential.unsupported",
        200,
        "Credentials of this kind are not accepted here",
        "Present a capability.",
    ),
    problem(
        "credential.signature",
        200,
        "The credential's signature is not good",
        "Have it minted anew: it was changed, or its root key is no longer accepted.",
    ),
    problem(
        "credential.wrong_tenant",
        200,
        "The credential is another tenant's",
        "Present one that this tenant minted.",
    ),
    problem("credential.expired", 200, "The credential has expired", "Have it minted anew."),
    problem(
        "credential.not_yet_valid",
        200,
        "The credential is not valid yet",
        "Wait, or look at the clock that it was made by.",
    ),
    problem(
        "credential.revoked",
        200,
        "The credential was revoked",
        "Look at `GET /v1/admin/revocations`: it says who and why.",
    ),
    problem(
        "caveat.unsupported",
        200,
        "A caveat is not known here",
        "Attenuate with caveats that are enforced; none is ever passed over.",
    ),
    problem(
        "possession.required",
        200,
        "The gate asks for a proof of possession",
        "Ask a gate of another profile: proofs of possession are not accepted yet.",
    ),
    problem(
        "scope.denied",
        200,
        "The credential does not cover what was asked",
        "Ask for what its caveats allow; `reason` says which one does not.",
    ),
    problem(
        "budget.calls",
        200,
        "The calls are used up",
        "Have another capability minted; `limits` says what is left of each.",
    ),
    problem(
        "budget.rate",
        200,
        "Too many calls in this minute",
        "Ask again after `retry_after` seconds.",
    ),
    problem(
        "budget.cost",
        200,
        "The money is used up, or the check does not say what it costs",
        "Declare `cost_cents`; `limits` says what is left.",
    ),
];
