//! Capabilities are shared with the published Python SDK: what either attenuates, the other reads.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::server::Server;

/// Runs a script that reads a question as JSON, and prints its answer as JSON.
pub(crate) fn python(script: &str, question: &Value) -> Value {
    let mut child = Command::new(gw_testkit::tools::python_with_intentgate())
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "python failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

const ATTENUATE: &str = "
import json, sys
from intentgate import attenuate
q = json.load(sys.stdin)
print(json.dumps(attenuate(q['token'], **q['with'])))
";

const DECODE: &str = "
import json, sys
from intentgate import decode_token
print(json.dumps(decode_token(json.load(sys.stdin))))
";

fn attenuate(token: &str, with: Value) -> String {
    let token = python(ATTENUATE, &json!({ "token": token, "with": with }));
    token.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_python_sdk_attenuates_is_enforced() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let names = ["read_é", "read_<x>", "a&b", "read_\u{2028}", "plain"];
    let parent = server.mint(json!({ "tools": names })).await;
    for name in names {
        let child = attenuate(&parent, json!({ "add_tools": [name], "max_calls": 1 }));
        let first = server.check(name, &child).await.unwrap();
        assert_eq!(first["decision"], "allow", "{name}: {first}");
        let second = server.check(name, &child).await.unwrap();
        assert_eq!(
            (&second["decision"], &second["code"]),
            (&json!("block"), &json!("budget.calls"))
        );
        let parents = names.into_iter().find(|other| *other != name).unwrap();
        let other = server.check(parents, &child).await.unwrap();
        assert_eq!((&other["decision"], &other["code"]), (&json!("block"), &json!("scope.denied")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_attenuate_the_python_sdk_reads_and_attenuates_again() {
    use gw_credentials::capability::{NewCaveat, attenuate as attenuate_here};

    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let names = ["read_é", "read_<x>", "a&b"];
    let parent = server.mint(json!({ "tools": names, "max_calls": 5 })).await;
    let ours = attenuate_here(&parent, &[NewCaveat::ToolAllow(names.map(str::to_owned).to_vec())])
        .unwrap();
    let decoded = python(DECODE, &json!(ours));
    assert_eq!(decoded["cav"].as_array().unwrap().last().unwrap()["tools"], json!(names));
    for name in names {
        let theirs = attenuate(&ours, json!({ "add_tools": [name] }));
        let answer = server.check(name, &theirs).await.unwrap();
        assert_eq!(answer["decision"], "allow", "{name}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_without_its_last_caveat_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let parent = server.mint(json!({ "tools": ["read_a", "read_b"] })).await;
    let child = attenuate(&parent, json!({ "add_tools": ["read_a"] }));
    let mut widened = python(DECODE, &json!(child));
    widened["cav"].as_array_mut().unwrap().pop();
    let widened = URL_SAFE_NO_PAD.encode(widened.to_string());
    let answer = server.check("read_b", &widened).await.unwrap();
    assert_eq!(
        (&answer["decision"], &answer["code"]),
        (&json!("block"), &json!("credential.signature"))
    );
}
