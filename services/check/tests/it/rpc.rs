//! JSON-RPC: what is one request, and what comes back of it.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::{
    mcp::error,
    world::{call, world},
};

#[tokio::test]
async fn ids_come_back_as_they_were_spelled() {
    let world = world().await;
    let token = world.token(&[]);
    for id in ["null", "1.0", "-0", "1e300", "12345678901234567890123", "\"\\u0061\"", "\"\""] {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}");
        let request = Request::post("/v1/mcp").header("authorization", format!("Bearer {token}"));
        let answer = world.app.send(request.body(body.into()).unwrap()).await;
        let text = String::from_utf8(answer.into_body()).unwrap();
        assert!(text.contains(&format!("\"id\":{id},\"result\"")), "{id}: {text}");
    }
}

/// Bodies that no decision can be asked for with, the number, and the id that comes back.
fn unreadable() -> Vec<(Vec<u8>, i64, &'static str, Value)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let params = |params: &str| {
        let id = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":"#;
        format!("{id}{params}}}").into_bytes()
    };
    let parse = |body| (body, -32700, "invalid JSON", Value::Null);
    let bad = |body| (body, -32602, "invalid tools/call params", json!(5));
    let invalid = |body, id| (body, -32600, "invalid request", id);
    let name = "params.name is required";
    vec![
        parse(text("")),
        parse(text("{")),
        parse(text("[]")),
        parse(text("7")),
        parse(text(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#)),
        parse(text("\u{feff}{}")),
        parse(b"{\"jsonrpc\":\"\xff\"}".to_vec()),
        parse(text(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#)),
        parse(text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#)),
        parse(text(r#"{"jsonrpc":"2.0","ID":1,"method":"ping"}"#)),
        parse(text(r#"{"jsonrpc":"2.0","id":1,"method":"ping"} x"#)),
        parse(params(r#"{"name":"a","name":"b"}"#)),
        parse(params(r#"{"name":"a","arguments":{"x":1,"\u0078":2}}"#)),
        parse(params(&"[".repeat(100_000))),
        (vec![b' '; 1024 * 1024 + 1], -32700, "failed to read request body", Value::Null),
        invalid(text("{}"), Value::Null),
        invalid(text(r#"{"jsonrpc":"1.0","id":3,"method":"ping"}"#), json!(3)),
        invalid(text(r#"{"jsonrpc":2.0,"id":3,"method":"ping"}"#), json!(3)),
        invalid(text(r#"{"jsonrpc":"2.0","id":3}"#), json!(3)),
        invalid(text(r#"{"jsonrpc":"2.0","id":3,"method":""}"#), json!(3)),
        invalid(text(r#"{"jsonrpc":"2.0","id":3,"method":1}"#), json!(3)),
        invalid(text(r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#), Value::Null),
        invalid(text(r#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#), Value::Null),
        bad(text(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call"}"#)),
        bad(params("[]")),
        bad(params("null")),
        bad(params(r#"{"name":7}"#)),
        bad(params(r#"{"name":"read","NAME":"delete"}"#)),
        bad(params(r#"{"Name":"read"}"#)),
        bad(params(r#"{"name":"read","arguments":{},"Arguments":{"x":1}}"#)),
        bad(params(r#"{"name":"read","arguments":[]}"#)),
        bad(params(&format!(r#"{{"name":"{}"}}"#, "a".repeat(257)))),
        (params("{}"), -32602, name, json!(5)),
        (params(r#"{"name":""}"#), -32602, name, json!(5)),
        (params(r#"{"name":" "}"#), -32602, name, json!(5)),
    ]
}

#[tokio::test]
async fn what_is_not_one_request_is_an_error_and_leaves_no_record() {
    let world = world().await;
    let token = world.token(&[]);
    let before = world.entries().await;
    for (body, code, message, id) in unreadable() {
        let shown = String::from_utf8_lossy(&body[..body.len().min(90)]).into_owned();
        let (status, answer) = world.rpc(&token, body).await;
        assert_eq!(status, StatusCode::OK, "{shown}: {answer:#}");
        assert_eq!(answer["id"], id, "{shown}");
        assert_eq!((error(&answer).0, error(&answer).1), (code, message), "{shown}: {answer:#}");
    }
    let (_, answer) =
        world.rpc(&token, r#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#).await;
    assert_eq!(error(&answer).0, -32601);
    assert!(error(&answer).1.ends_with("resources/list"));
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn inside_arguments_anything_may_stand_and_a_mebibyte_is_taken() {
    let world = world().await;
    let token = world.token(&[]);
    let mut body = call("read_it");
    body["params"]["arguments"] = json!({"Name": 1, "NAME": 2, "x": "y".repeat(1_000_000)});
    body["params"]["_meta"] = json!({"progressToken": 1});
    let (_, answer) = world.rpc(&token, body.to_string()).await;
    assert!(answer["result"].is_object(), "{:#}", answer["error"]);
}
