use gw_web::ProblemInfo;

/// What can go wrong with gates, and what to do about it.
pub(crate) const PROBLEMS: &[ProblemInfo] = &[
    ProblemInfo {
        code: "gate.not_found",
        status: 404,
        title: "There is no such gate",
        advice: "Compare the gate's id or name with the list of gates; public keys are found by id alone.",
    },
    ProblemInfo {
        code: "gate.name_taken",
        status: 409,
        title: "Another gate has this name",
        advice: "Choose another `gate_id`, or use the gate that has it.",
    },
    ProblemInfo {
        code: "limit.gates",
        status: 409,
        title: "The tenant has all the gates that its plan allows",
        advice: "Archive a gate that is not needed, or ask the people who run the service for more.",
    },
    ProblemInfo {
        code: "gate.bad_name",
        status: 422,
        title: "The name is not acceptable",
        advice: "Use 1 to 40 of `a-z`, `0-9` and `-`; `gate_` is put in front.",
    },
    ProblemInfo {
        code: "gate.name_reads_as_id",
        status: 422,
        title: "The name reads as an id",
        advice: "Choose a name that is not 26 characters of an id's alphabet.",
    },
    ProblemInfo {
        code: "gate.bad_profile",
        status: 422,
        title: "The security profile is not acceptable",
        advice: "Say `L1`, `L2` or `L3`, and the same under every name that you send.",
    },
    ProblemInfo {
        code: "gate.bad_word",
        status: 422,
        title: "The word is none of this member's",
        advice: "Use one of the words that `detail` lists.",
    },
    ProblemInfo {
        code: "gate.option_unavailable",
        status: 422,
        title: "Gates cannot do this yet",
        advice: "Leave the member that `errors` points to out; nothing is accepted and then ignored.",
    },
    ProblemInfo {
        code: "gate.key_limited",
        status: 403,
        title: "The API key is limited to certain gates",
        advice: "Use a key without `gates` to create one.",
    },
    ProblemInfo {
        code: "gate.archived",
        status: 410,
        title: "The gate is archived",
        advice: "Restore it with `POST .../restore` to use or change it; what it recorded stays readable.",
    },
    ProblemInfo {
        code: "gate.is_default",
        status: 409,
        title: "The gate is the tenant's default gate",
        advice: "Choose another `default_gate_id` for the tenant, or null, and archive the gate then.",
    },
    ProblemInfo {
        code: "gate.read_only",
        status: 422,
        title: "The member cannot be changed",
        advice: "Leave the member that `errors` points to out, or send it as it was read.",
    },
    ProblemInfo {
        code: "keypair.not_found",
        status: 404,
        title: "There is no such key pair",
        advice: "Compare the key pair's id with the list of the gate's key pairs.",
    },
    ProblemInfo {
        code: "keypair.active",
        status: 409,
        title: "The gate signs with this key pair",
        advice: "Rotate the gate's key pair; `overlap_seconds` 0 retires this one at once.",
    },
    ProblemInfo {
        code: "keypair.rotation_raced",
        status: 409,
        title: "Somebody else rotated the key pair",
        advice: "List the gate's key pairs; rotate again if the new one is not what you need.",
    },
    ProblemInfo {
        code: "internal.row",
        status: 500,
        title: "Something is stored in a form that cannot be read",
        advice: "Report the request id.",
    },
];
