use super::operations::Operation;

/// Who an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// A tenant's own keys, and platform keys that name it.
    Tenant,
    /// Platform keys.
    Platform,
    /// Both: a tenant's keys for the tenant itself, platform keys for any.
    Both,
    /// The agent, by its capability.
    Agent,
    /// Anybody at all: what it says is public.
    Anybody,
}

/// How to call an operation so that it works.
pub(super) struct Example {
    /// The operation's id in the OpenAPI document.
    pub(super) operation: &'static str,
    pub(super) whose: For,
    /// Path and query, then headers as `Name:value`; `<kind>` stands for a thing of `things.rs`.
    pub(super) request: &'static str,
    /// JSON, or empty for none.
    pub(super) body: &'static str,
    /// What the answer to the rightful caller contains.
    pub(super) shows: &'static str,
}

const fn example(
    operation: &'static str,
    whose: For,
    request: &'static str,
    body: &'static str,
    shows: &'static str,
) -> Example {
    Example { operation, whose, request, body, shows }
}

/// At least one line for every operation, and every query parameter in one of its lines. The
/// rightful callers go through it from top to bottom, so that what ends a thing stands last. A new
/// kind of thing is one line in `things.rs`; what may differ between two good answers is a name in
/// `answer.rs`.
#[rustfmt::skip]
pub(super) const EXAMPLES: &[Example] = {
    use For::{Agent, Anybody, Both, Platform, Tenant};
    &[
    example("tenants.list_tenants", Both, "/v1/admin/tenants?limit=1000", "", "<tenant>"),
    example("tenants.list_tenants", Both, "/v1/admin/tenants?state=active&name_contains=a&count=true&limit=9&cursor=<tenants_cursor>", "", "items"),
    example("tenants.read_tenant", Both, "/v1/admin/tenants/<tenant>", "", "<tenant>"),
    example("tenants.create_tenant", Platform, "/v1/admin/tenants", r#"{"name":"another"}"#, "api_key"),
    example("tenants.update_tenant", Both, "/v1/admin/tenants/<tenant> If-Match:*", r#"{"default_gate_id":"<gate>"}"#, "<tenant>"),
    example("tenants.read_tenant_limits", Platform, "/v1/admin/tenants/<tenant>/limits", "", "<tenant>"),
    example("tenants.set_tenant_limits", Platform, "/v1/admin/tenants/<tenant>/limits If-Match:*", r#"{"checks_per_second":5000,"gates":500,"api_keys":500,"operators":500,"retention_days":500}"#, "<tenant>"),
    example("tenants.read_limits", Tenant, "/v1/admin/limits", "", "<tenant>"),
    example("tenants.rotate_log_key", Platform, "/v1/admin/tenants/<tenant>/log-key/rotate", "{}", "vkey"),

    example("tenants.list_operators", Tenant, "/v1/admin/operators?limit=1000", "", "<operator>"),
    example("tenants.list_operators", Tenant, "/v1/admin/operators?name_contains=a&mail=<mail>&role=admin&state=active&count=true&limit=9&cursor=<operators_cursor>", "", "items"),
    example("tenants.read_operator", Tenant, "/v1/admin/operators/<operator>", "", "<operator>"),
    example("tenants.create_operator", Tenant, "/v1/admin/operators", r#"{"name":"<fresh>","mail":"<fresh>@example.org","roles":["viewer"]}"#, "operator_id"),
    example("tenants.update_operator", Tenant, "/v1/admin/operators/<operator> If-Match:*", r#"{"roles":["admin","auditor"]}"#, "<operator>"),

    example("tenants.list_api_keys", Tenant, "/v1/admin/api-keys?limit=1000", "", "<api_key>"),
    example("tenants.list_api_keys", Tenant, "/v1/admin/api-keys?state=active&kind=operator&operator_id=<operator>&name_contains=a&count=true&limit=9&cursor=<api_keys_cursor>", "", "items"),
    example("tenants.create_api_key", Tenant, "/v1/admin/api-keys", r#"{"name":"a","scopes":["gates:read"],"operator_id":"<operator>"}"#, "<operator>"),
    example("tenants.create_api_key", Tenant, "/v1/admin/api-keys", r#"{"name":"a","scopes":["gates:read"],"gates":["<gate>"]}"#, "<gate>"),
    example("tenants.read_api_key", Tenant, "/v1/admin/api-keys/<api_key>", "", "<api_key>"),
    example("tenants.rotate_api_key", Tenant, "/v1/admin/api-keys/<api_key>/rotate", r#"{"overlap_seconds":60}"#, "<api_key>"),

    example("gates.list_gates", Tenant, "/v1/gates?limit=1000", "", "<gate>"),
    example("gates.list_gates", Tenant, "/v1/gates?status=active&profile=L1&mode=enforce&name_contains=a&page=object&count=true&limit=9&cursor=<gates_cursor>", "", "items"),
    example("gates.list_gates", Tenant, "/v1/gates?state=active&offset=0", "", "items"),
    example("gates.create_gate", Tenant, "/v1/gates", r#"{"name":"a"}"#, "gate_"),
    example("gates.read_gate", Tenant, "/v1/gates/<gate>", "", "<gate>"),
    example("gates.update_gate", Tenant, "/v1/gates/<gate> If-Match:*", r#"{"description":"a"}"#, "<gate>"),
    example("gates.replace_gate", Tenant, "/v1/gates/<gate> If-Match:*", r#"{"name":"a"}"#, "<gate>"),
    example("gates.read_jwks", Anybody, "/v1/gates/<gate>/jwks.json", "", "<keypair>"),
    example("gates.read_public_keys", Anybody, "/v1/gates/<gate>/public", "", "<keypair>"),
    example("gates.read_public_key", Tenant, "/v1/gates/<gate>/public-key", "", "public_key"),
    example("gates.list_keypairs", Tenant, "/v1/gates/<gate>/keypairs", "", "<keypair>"),
    example("gates.list_keypairs", Tenant, "/v1/gates/<gate>/keypairs?count=true&limit=9&cursor=<keypairs_cursor>", "", "items"),
    example("gates.create_keypair", Tenant, "/v1/gates/<gate>/keypairs", "{}", "key_"),
    example("gates.rotate_keypair", Tenant, "/v1/gates/<gate>/keypairs/rotate", r#"{"overlap_seconds":86400}"#, "key_"),

    // Before anybody else's names are put into one's own log.
    example("history.list", Both, "/v1/admin/history?limit=1000", "", "items"),
    example("history.list", Tenant, "/v1/admin/history?object=<api_key>&count=true&actor=<first_key>&type=api_key.created.v1&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z", "", "<api_key>"),
    example("history.list", Tenant, "/v1/admin/history?object=agent:<subject>&limit=9&cursor=<history_cursor>", "", "items"),
    example("history.of_gate", Tenant, "/v1/gates/<gate>/history", "", "<gate>"),
    example("history.of_gate", Tenant, "/v1/gates/<gate>/history?count=true&actor=<first_key>&type=gate.created.v1&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&limit=9&cursor=<gate_history_cursor>", "", "items"),
    example("history.of_api_key", Tenant, "/v1/admin/api-keys/<api_key>/history", "", "<api_key>"),
    example("history.of_api_key", Tenant, "/v1/admin/api-keys/<api_key>/history?count=true&actor=<first_key>&type=api_key.created.v1&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&limit=9&cursor=<api_key_history_cursor>", "", "items"),
    example("history.of_operator", Tenant, "/v1/admin/operators/<operator>/history", "", "<operator>"),
    example("history.of_operator", Tenant, "/v1/admin/operators/<operator>/history?count=true&actor=<first_key>&type=operator.created.v1&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&limit=9&cursor=<operator_history_cursor>", "", "items"),
    example("history.of_tenant", Both, "/v1/admin/tenants/<tenant>/history", "", "<tenant>"),
    example("history.of_tenant", Both, "/v1/admin/tenants/<tenant>/history?count=true&type=tenant.created.v1&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&limit=9", "", "<tenant>"),
    example("history.of_tenant", Both, "/v1/admin/tenants/<tenant>/history?actor=<first_key>&cursor=<tenant_history_cursor>", "", "items"),
    example("usage.read", Tenant, "/v1/admin/usage?from=2026-01-01&to=2026-12-31&by=day,gate,decision,caller", "", "counted_to"),

    example("capabilities.mint", Tenant, "/v1/admin/mint", r#"{"subject":"<subject>","tenant":"<tenant>"}"#, "token"),
    example("checks.ask", Tenant, "/v1/gates/<gate>/check", r#"{"action":"read_it","tenant":"<tenant>","context":{"tenant_hint":"<tenant>"},"credential":{"kind":"capability","value":"<token>"}}"#, r#""decision":"allow""#),
    example("checks.ask", Tenant, "/v1/gates/<gate>/check X-Gatewright-Credential:<token> Gatewright-Deadline-Ms:30000", r#"{"action":"read_it"}"#, r#""decision":"allow""#),
    example("checks.ask", Tenant, "/v1/gates/<gate>/check", r#"{"action":"read_it","dry_run":true,"tenant":"<tenant>","credential":{"kind":"capability","value":"<token>"}}"#, r#""would":"allow""#),
    example("checks.ask_together", Tenant, "/v1/gates/<gate>/checks", r#"{"checks":[{"action":"read_it","tenant":"<tenant>","context":{"tenant_hint":"<tenant>"},"credential":{"kind":"capability","value":"<token>"}},{"action":"read_it"}]}"#, r#""decision":"allow""#),
    example("checks.ask_together", Tenant, "/v1/gates/<gate>/checks X-Gatewright-Credential:<token> Gatewright-Deadline-Ms:30000", r#"{"checks":[{"action":"read_it"}]}"#, r#""decision":"allow""#),
    example("agents.mcp", Agent, "/v1/mcp", r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_it","arguments":{"tenant":"<tenant>"}}}"#, r#""decision":"allow""#),
    example("agents.call_tool", Agent, "/v1/tool-call", r#"{"tool":"read_it","agent_id":"<subject>","args":{"tenant":"<tenant>"}}"#, r#""decision":"allow""#),
    example("agents.call_tool", Agent, "/v1/tool-call", r#"{"tool":"read_it","intent_token":"<token>"}"#, r#""decision":"allow""#),

    example("decisions.list", Tenant, "/v1/gates/<gate>/attestations?limit=1000", "", "<decision>"),
    example("decisions.list", Tenant, "/v1/gates/<gate>/attestations?agent_id=<subject>&passport_id=<jti>&decision=allow&action=read_it&permission=read_it&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&limit=9&cursor=<decision_cursor>", "", "items"),
    example("decisions.list", Tenant, "/v1/gates/<gate>/attestations?would=block", "", "items"),
    example("explanations.explain", Tenant, "/v1/gates/<gate>/explain?credential_id=<jti>&action=read_it&target=x&cost_cents=1", "", "<subject>"),
    example("explanations.explain", Tenant, "/v1/gates/<gate>/explain?subject=<subject>", "", "<subject>"),
    example("explanations.simulate", Tenant, "/v1/admin/simulate", r#"{"gate":"<gate>","principal":{"credential_id":"<jti>"},"checks":[{"action":"read_it"}]}"#, "<subject>"),
    example("explanations.simulate", Tenant, "/v1/admin/simulate", r#"{"gate":"<gate>","principal":{"credential":{"kind":"capability","value":"<token>"}},"checks":[{"action":"read_it","context":{"tenant_hint":"<tenant>"}}]}"#, r#""would":"allow""#),
    example("explanations.simulate", Tenant, "/v1/admin/simulate", r#"{"gate":"<gate>","api_key_id":"<api_key>","principal":{"subject":"<subject>","caveats":[]},"checks":[{"action":"read_it"}]}"#, "<gate>"),
    example("decisions.read", Tenant, "/v1/admin/decisions/<decision>", "", "attestation_json"),
    example("log.read_checkpoint", Tenant, "/v1/log/<tenant>/checkpoint", "", "<tenant>"),
    example("log.read_verifier_key", Anybody, "/v1/log/<tenant>/vkey", "", "<tenant>"),
    example("log.read_jwks", Anybody, "/v1/tenants/<tenant>/jwks.json", "", "vkey"),

    example("capabilities.list_root_keys", Tenant, "/v1/admin/root-keys?limit=1000", "", "<root_key>"),
    example("capabilities.list_root_keys", Tenant, "/v1/admin/root-keys?state=active&count=true&limit=9&cursor=<root_keys_cursor>", "", "items"),
    example("capabilities.rotate_root_key", Tenant, "/v1/admin/root-keys/rotate", r#"{"overlap_seconds":86400}"#, "key_id"),
    example("capabilities.list_revocations", Tenant, "/v1/admin/revocations?limit=1000", "", "<revoked>"),
    example("capabilities.list_revocations", Tenant, "/v1/admin/revocations?jti=<revoked>", "", "<revoked>"),
    example("capabilities.list_revocations", Tenant, "/v1/admin/revocations?root_jti=<jti>&count=true&offset=0&limit=9", "", "revocations"),
    example("capabilities.list_revocations", Tenant, "/v1/admin/revocations?subject=<subject>&cursor=<revocations_cursor>", "", "revocations"),
    example("capabilities.list_revocations", Tenant, "/v1/admin/revocations?hop_id=<hop>&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z", "", "revocations"),
    example("capabilities.list_revocations", Tenant, "/v1/admin/revocations?revoked_by=<first_key>", "", "<revoked>"),

    example("kill_switches.engage", Tenant, "/v1/admin/kill-switch", r#"{"scope":"gate","value":"<gate>","reason":"a"}"#, "<gate>"),
    example("kill_switches.engage", Tenant, "/v1/admin/kill-switch", r#"{"scope":"agent","value":"<fresh>"}"#, "engaged"),
    example("kill_switches.list", Tenant, "/v1/admin/kill-switch?limit=1000", "", "<gate>"),
    example("kill_switches.list", Both, "/v1/admin/kill-switch?state=any&count=true&scope=gate&value=<gate>&tenant=<tenant>&offset=0&limit=9", "", "<gate>"),
    example("kill_switches.list", Tenant, "/v1/admin/kill-switch?cursor=<kill_switch_cursor>", "", "kill_switch"),
    example("kill_switches.release", Tenant, "/v1/admin/kill-switch/release", r#"{"scope":"gate","value":"<gate>"}"#, "released"),

    // What ends things.
    example("gates.retire_keypair", Tenant, "/v1/gates/<gate>/keypairs/<keypair>/retire", "{}", "retired"),
    example("tenants.update_tenant", Both, "/v1/admin/tenants/<tenant> If-Match:*", r#"{"default_gate_id":null}"#, "<tenant>"),
    example("gates.archive_gate", Tenant, "/v1/gates/<gate> If-Match:*", r#"{"reason":"a"}"#, "archived"),
    example("gates.restore_gate", Tenant, "/v1/gates/<gate>/restore", "{}", "active"),
    example("capabilities.retire_root_key", Tenant, "/v1/admin/root-keys/<root_key>/retire", "{}", "retired"),
    example("capabilities.revoke", Tenant, "/v1/admin/revoke", r#"{"jti":"<jti>"}"#, "<jti>"),
    example("capabilities.revoke", Tenant, "/v1/admin/revoke", r#"{"jtis":["<jti>"],"root_jti":"<jti>"}"#, "<jti>"),
    example("capabilities.revoke", Tenant, "/v1/admin/revoke", r#"{"hop_id":"<hop>"}"#, "<hop>"),
    example("capabilities.revoke", Tenant, "/v1/admin/revoke", r#"{"subject":"<subject>"}"#, "<subject>"),
    example("tenants.suspend_operator", Tenant, "/v1/admin/operators/<operator>/suspend", "{}", "suspended"),
    example("tenants.resume_operator", Tenant, "/v1/admin/operators/<operator>/resume", "{}", "active"),
    example("tenants.revoke_api_key", Tenant, "/v1/admin/api-keys/<api_key>/revoke", "{}", "revoked"),
    example("tenants.revoke_api_keys", Tenant, "/v1/admin/api-keys/revoke", r#"{"keys":["<api_key>"],"reason":"a"}"#, "<api_key>"),
    example("tenants.revoke_api_keys", Tenant, "/v1/admin/api-keys/revoke", r#"{"operator_id":"<operator>"}"#, "<operator>"),
    example("tenants.delete_api_key", Tenant, "/v1/admin/api-keys/<api_key>", "", "revoked"),
    example("tenants.acknowledge_regression", Platform, "/v1/admin/tenants/<tenant>/log/acknowledge-regression", r#"{"reason":"a"}"#, "log_origin"),
    example("tenants.suspend_tenant", Platform, "/v1/admin/tenants/<tenant>/suspend", "{}", "suspended"),
    example("tenants.resume_tenant", Platform, "/v1/admin/tenants/<tenant>/resume", "{}", "active"),
    ]
};

/// What is missing or wrong in the table, a sentence each.
pub(super) fn gaps(operations: &[Operation]) -> Vec<String> {
    const TABLE: &str = "`EXAMPLES` in tests/it/sweep/examples.rs";
    let mut gaps = Vec::new();
    for operation in operations {
        let of_it = EXAMPLES.iter().filter(|one| one.operation == operation.id);
        let requests: Vec<&str> = of_it.map(|one| one.request).collect();
        if requests.is_empty() {
            gaps.push(format!("`{}` has no example: add a line to {TABLE}", operation.id));
            continue;
        }
        for request in requests.iter().filter(|request| !operation.is_at(request)) {
            gaps.push(format!("`{request}` is not at `{}`: mend {TABLE}", operation.path));
        }
        let names = |name: &str| {
            let (first, more) = (format!("?{name}="), format!("&{name}="));
            requests.iter().any(|request| request.contains(&first) || request.contains(&more))
        };
        for name in operation.query.iter().filter(|name| !names(name)) {
            gaps.push(format!("no example of `{}` has `{name}`: add one to {TABLE}", operation.id));
        }
    }
    let known = |one: &&Example| operations.iter().any(|operation| operation.id == one.operation);
    for one in EXAMPLES.iter().filter(|one| !known(one)) {
        gaps.push(format!("there is no operation `{}`: take it out of {TABLE}", one.operation));
    }
    gaps
}
