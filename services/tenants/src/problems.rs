use gw_web::ProblemInfo;

macro_rules! problems {
    ($($code:literal, $status:literal, $title:literal, $advice:literal;)*) => {
        &[$(ProblemInfo { code: $code, status: $status, title: $title, advice: $advice }),*]
    };
}

/// Every code of [`TenantsError`](crate::TenantsError) that is not common to all services.
pub(crate) const PROBLEMS: &[ProblemInfo] = problems! {
    "tenant.name_taken", 409, "The tenant's name is taken",
        "Choose another `tenant_id`, or leave it out and use the id that is answered.";
    "tenant.is_platform", 409, "The platform's own tenant stays as it is",
        "Name one of your customers' tenants.";
    "tenant.gate_unknown", 422, "The default gate does not exist",
        "Name one of the tenant's own gates by its id or name.";
    "tenant.gate_archived", 409, "The default gate is archived",
        "Restore the gate, or name another.";
    "operator.not_found", 404, "There is no such operator",
        "Compare the operator's id with the list of operators.";
    "operator.mail_taken", 409, "The mail address is taken",
        "Look the operator up with `?mail=`; an address stands for one person in a tenant.";
    "operator.no_roles", 422, "The operator has no role",
        "Give at least one of `owner`, `admin`, `approver`, `auditor`, `viewer`.";
    "operator.role_exceeds", 403, "The role grants more than you have",
        "Give a lesser role, or ask somebody who has the scope.";
    "operator.exceeds", 403, "The operator may do more than you",
        "Ask somebody who may do as much as the operator.";
    "operator.last_owner", 409, "It is the tenant's last active owner",
        "Give somebody else the role `owner`, or resume another owner, first.";
    "limit.api_keys", 409, "The tenant has all the API keys that its plan allows",
        "Revoke a key that is not needed, or ask the people who run the service for more.";
    "limit.operators", 409, "The tenant has all the operators that its plan allows",
        "Suspend an operator, or ask the people who run the service for more.";
    "api_key.not_found", 404, "There is no such API key",
        "Compare the key's id with the list of API keys.";
    "api_key.ended", 409, "The API key is not accepted any more",
        "Create another key: what was revoked or has expired stays so.";
    "api_key.rotation_raced", 409, "Somebody else rotated or revoked the key",
        "Read the key; rotate it again if nobody has its new secret.";
    "api_key.no_scopes", 422, "The key has no scope",
        "Give at least one scope.";
    "api_key.scope_exceeds", 403, "The scope is more than you have",
        "Leave the scope out, or ask somebody who has it; an operator's roles bound their keys.";
    "api_key.platform_scope", 422, "The scope is for platform keys only",
        "Leave `tenants:read` and `tenants:write` out; `*` holds everything within the tenant.";
    "api_key.gates_exceed", 403, "The gates are more than you reach",
        "Limit the key to gates that your own key reaches.";
    "api_key.gates_count", 422, "The list of gates is empty or too long",
        "Name 1 to 1,000 gates, or leave `gates` out.";
    "api_key.keys_count", 422, "No key is named, or too many are",
        "Name 1 to 1,000 keys in `keys`, or an operator in `operator_id`.";
    "api_key.gate_unknown", 422, "A gate does not exist",
        "Name the tenant's own gates by their ids or names.";
    "api_key.expires_in_past", 422, "The key would have ended already",
        "Give a later `expires_at`, or leave it out.";
    "gate.not_found", 404, "There is no such gate",
        "Compare the gate in the path with the list of gates.";
    "kill_switch.another_tenant", 403, "The tenant is not yours",
        "Leave `tenant` out, or name your own tenant.";
    "kill_switch.global_names_tenant", 422, "The global kill switch is not one tenant's",
        "Leave the tenant out, or choose the scope `tenant`.";
    "kill_switch.no_value", 422, "The scope takes no such value",
        "Leave `value` out; it is for the scopes `gate` and `agent`.";
    "kill_switch.not_engaged", 409, "No such kill switch is engaged",
        "List the kill switches; nothing has to be released.";
    "internal.row", 500, "Something is stored in a form that cannot be read",
        "Report the request id.";
    "api_key.operator_unknown", 422, "The operator does not exist",
        "Create the operator first, or leave `operator_id` out for a machine's key.";
};
