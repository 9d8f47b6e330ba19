//! Reading checks and calls, held against another reader of the same bytes.

use gw_decision::{GateRef, Presented, PresentedKey};
use gw_kernel::{ApiKeyId, TenantId};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use crate::{
    domain::{Asked, Asker, Envelope, ToolCall},
    json::shape,
};

/// A credential for the header, a newline, and a body.
///
/// # Panics
/// When something is accepted that could be understood in two ways, or as nobody's although a
/// credential was presented.
pub fn read(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (credential, body) = bytes.split_at(at);
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    check(credential, body);
    if let Ok(call) = ToolCall::read(body) {
        let value = unambiguous(body, &["tool", "args", "agent_id", "intent_token"]);
        assert_eq!(value["tool"], call.call.action);
        assert_eq!(call.call.arguments.is_some(), value["args"].is_object());
    }
    if let Ok(envelope) = Envelope::read(body) {
        let value = unambiguous(body, &["jsonrpc", "id", "method", "params"]);
        assert_eq!(value["method"], envelope.method);
        if let Ok(call) = envelope.call() {
            assert_eq!(value["params"]["name"], call.action);
        }
    }
}

fn check(credential: &[u8], body: &[u8]) {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::from_bytes(credential)
        && !credential.is_empty()
    {
        headers.insert("x-gatewright-credential", value);
    }
    let key = PresentedKey { id: ApiKeyId::from_uuid(Default::default()), secret_sha256: [0; 32] };
    let gate = GateRef::parse("gate_front");
    let tenant = TenantId::PLATFORM;
    let asker = Asker { tenant, key, arguments_key: &[1; 32], gate, headers: &headers };
    let Ok(asked) = Asked::read(&asker, body) else { return };
    let value = unambiguous(body, &["action", "target", "credential", "context", "cost_cents"]);
    let question = asked.question;
    assert_eq!(value["action"], question.action);
    assert_eq!(value["target"].as_str(), question.target.as_deref());
    assert_eq!(value["cost_cents"].as_i64(), question.cost_cents);
    assert_eq!(value["min_epoch"].as_i64(), asked.min_epoch.map(|epoch| epoch.0));
    assert_eq!(Some(&value["context"]).filter(|it| !it.is_null()), question.context.as_ref());
    assert_eq!(value["arguments"].is_object(), asked.arguments_hmac.is_some());
    let shown = headers.len() > 1 || !value["credential"].is_null();
    assert!(!(shown && matches!(question.credential, Presented::None)), "it was presented");
}

/// What another reader makes of an accepted body, in which nothing has two meanings.
fn unambiguous(body: &[u8], known: &[&str]) -> Value {
    let shape = shape(body).expect("what is accepted is JSON");
    assert!(!shape.duplicates && !shape.nul && shape.depth <= 64, "{shape:?}");
    let value: Value = serde_json::from_slice(body).expect("what is accepted is JSON");
    for name in value.as_object().expect("an object").keys() {
        let variant = known.iter().any(|known| known != name && known.eq_ignore_ascii_case(name));
        assert!(!variant, "{name} is another name for a known one");
    }
    value
}
