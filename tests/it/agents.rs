//! Agents that ask for themselves: the published Python SDK, unchanged, with no other difference than
//! its base URL.

use serde_json::{Value, json};

use crate::{server::Server, tokens::python};

/// Calls tools as an agent's own code does, and says what came of each: the tool's text, or the
/// class of the exception, its code and whether it says why.
const AGENT: &str = "
import json, sys
from intentgate import Gateway, IntentGateError, attenuate
q = json.load(sys.stdin)
said = []
def call(gateway, tool, **more):
    try:
        result = gateway.tool_call(tool, **more)
        said.append([result.intentgate.decision, result.is_error, result.content[0].type])
    except IntentGateError as error:
        said.append([type(error).__name__, error.code, isinstance(error.data, str)])
with Gateway(url=q['url'] + '/', token=q['token']) as gateway:
    call(gateway, 'read_invoice', arguments={'id': 'secret-argument'})
    call(gateway, 'read_é', intent_prompt='Process the invoices', request_id='a-1')
    call(gateway, 'delete_everything')
    call(gateway, 'x' * 300)
child = attenuate(q['token'], add_tools=['read_po'], max_calls=2)
with Gateway(url=q['url'], token=child) as gateway:
    for tool in ['read_po', 'read_invoice', 'read_po', 'read_po']:
        call(gateway, tool)
for token in [None, 'nonsense', q['token'][:-2] + 'AA', q['revoked']]:
    with Gateway(url=q['url'], token=token) as gateway:
        call(gateway, 'read_invoice')
print(json.dumps(said))
";

async fn decisions(server: &Server) -> Vec<Value> {
    let path = format!("/v1/gates/{}/attestations", server.ready.gate_id);
    let (_, listed) = server.send("GET", &path, &server.ready.api_key, None).await;
    listed["items"].as_array().unwrap_or_else(|| panic!("{listed}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_calls_tools_and_hears_why_not() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let token = server.mint(json!({ "tools": ["read_*"], "max_calls": 20 })).await;
    let revoked = server.mint(json!({ "tools": ["read_*"] })).await;
    let jti = python(
        "import json, sys; from intentgate import decode_token; print(json.dumps(decode_token(json.load(sys.stdin))['jti']))",
        &json!(revoked),
    );
    let key = &server.ready.api_key;
    let (status, _) =
        server.send("POST", "/v1/admin/revoke", key, Some(json!({ "jti": jti }))).await;
    assert_eq!(status, 200);

    let question = json!({ "url": server.ready.base_url, "token": token, "revoked": revoked });
    let said = python(AGENT, &question);
    let (allow, capability) =
        (json!(["allow", false, "text"]), json!(["CapabilityError", -32010, true]));
    let budget = json!(["BudgetError", -32013, true]);
    let protocol = json!(["ProtocolError", -32602, true]);
    assert_eq!(
        said,
        json!([
            allow, allow, capability, protocol, // the parent
            allow, capability, allow, budget, // its child, twice
            capability, capability, capability,
            capability, // nobody, thrice, and the revoked one
        ])
    );

    let decisions = decisions(&server).await;
    let recorded: Vec<_> = decisions.iter().rev().map(|one| &one["reason_code"]).collect();
    assert_eq!(
        recorded,
        [
            "ok",
            "ok",
            "scope.denied",
            "ok",
            "scope.denied",
            "ok",
            "budget.calls",
            "credential.revoked"
        ],
        "a record for every call of somebody, and none for nobody's"
    );
    for one in &decisions {
        let record = one["attestation"]["attestation_json"].as_str().unwrap();
        assert!(!record.contains("secret-argument"));
        let record: Value = serde_json::from_str(record).unwrap();
        assert_eq!(record["data"]["caller"]["kind"], "agent");
    }
}
