use gw_web::ProblemInfo;

/// What can go wrong with capabilities, and what to do about it.
pub(crate) const PROBLEMS: &[ProblemInfo] = &[
    ProblemInfo {
        code: "capability.caveat_unavailable",
        status: 422,
        title: "The restriction is not enforced yet",
        advice: "Leave the member that `errors` points to out; no restriction is ever decoration.",
    },
    ProblemInfo {
        code: "capability.another_tenant",
        status: 403,
        title: "The tenant is not the caller's",
        advice: "Leave `tenant` out, or name your own by id or name.",
    },
    ProblemInfo {
        code: "capability.too_large",
        status: 422,
        title: "The capability would be too large",
        advice: "List fewer or shorter tools; a token has at most 16,384 bytes.",
    },
    ProblemInfo {
        code: "capability.root_key_unreadable",
        status: 503,
        title: "The tenant's root key cannot be read",
        advice: "Look at the log and at `/readyz`; the key that seals it may be another one.",
    },
    ProblemInfo {
        code: "capability.root_key_not_found",
        status: 404,
        title: "There is no such root key",
        advice: "Look at `GET /v1/admin/root-keys`.",
    },
    ProblemInfo {
        code: "capability.root_key_active",
        status: 409,
        title: "The root key is in use",
        advice: "Rotate first: `POST /v1/admin/root-keys/rotate` with `overlap_seconds`.",
    },
    ProblemInfo {
        code: "internal.raced",
        status: 500,
        title: "Something went away while it was made",
        advice: "Try again; if it stays, report the request id.",
    },
];
