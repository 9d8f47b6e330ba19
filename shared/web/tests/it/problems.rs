use axum::{Router, routing::get};
use gw_kernel::{Epoch, Fault, FaultKind, GateId};
use gw_web::{Answer, ETag, IfMatch, IfNoneMatch, Mount, Path, Tagged, Written};
use http::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;

#[derive(Debug, thiserror::Error)]
enum TestError {
    #[error("the name is taken")]
    Taken,
    #[error("the password is hunter2")]
    Broken,
}

impl Fault for TestError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Taken => FaultKind::Conflict,
            Self::Broken => FaultKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Taken => "gate.slug_taken",
            Self::Broken => "internal.db",
        }
    }
}

fn client() -> Client {
    let gates = || {
        Router::new()
            .route(
                "/gates/{gate}/taken",
                get(async || -> Answer<()> { Err(TestError::Taken.into()) }),
            )
            .route("/gates/{gate}", get(async |Path(gate): Path<GateId>| gate.to_string()))
            .route("/mount", get(async |mount: Mount| format!("\"{mount:?}\"")))
    };
    let router = Router::new()
        .merge(gates())
        .nest("/v1", gates())
        .nest("/api", gates())
        .nest("/api/v1", gates())
        .route("/v1/admin/taken", get(async || -> Answer<()> { Err(TestError::Taken.into()) }))
        .route("/v1/broken", get(async || -> Answer<()> { Err(TestError::Broken.into()) }))
        .route("/v1/panic", get(panics))
        .route("/v1/bytes", axum::routing::post(async |body: bytes::Bytes| body))
        .route("/v1/thing", get(read).patch(write));
    Client::new(router)
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() {
    panic!("the password is hunter2")
}

fn thing() -> Value {
    json!({ "name": "thing" })
}

async fn read(known: IfNoneMatch) -> Tagged<Value> {
    known.tagged(thing())
}

async fn write(version: IfMatch) -> Answer<Written<Value>> {
    version.check(&ETag::of(&thing()))?;
    Ok(Written::created(Epoch(7), "/v1/thing", thing()))
}

#[tokio::test]
async fn a_problem_has_the_members_that_each_surface_looks_for() {
    let gate = client().get("/v1/gates/x/taken", &[("x-request-id", "r1")]).await;
    assert_eq!(gate.headers["content-type"], "application/problem+json");
    assert_eq!(
        gate.body,
        json!({
            "type": "urn:gatewright:problem:gate.slug_taken", "title": "Conflict", "status": 409,
            "detail": "the name is taken", "code": "gate.slug_taken", "request_id": "r1",
            "message": "the name is taken",
            "error": { "code": "gate.slug_taken", "message": "the name is taken", "status": 409,
                       "request_id": "r1" },
        })
    );
    let admin = client().get("/v1/admin/taken", &[]).await;
    assert_eq!(admin.body["error"], "the name is taken");
}

#[tokio::test]
async fn an_internal_failure_keeps_its_text() {
    for path in ["/v1/broken", "/v1/panic"] {
        let answered = client().get(path, &[]).await;
        assert_eq!(answered.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answered.body.to_string().contains("hunter2"));
        assert!(answered.body["request_id"].as_str().unwrap().starts_with("req_"));
    }
}

#[tokio::test]
async fn an_unknown_path_or_method_is_a_problem_and_never_a_redirect() {
    for path in ["/v1/nothing", "/v1/thing/", "/nothing", "/"] {
        let answered = client().get(path, &[]).await;
        assert_eq!((answered.status.as_u16(), answered.code()), (404, "request.no_such_route"));
    }
    for path in ["/v1/thing", "/api/gates/x", "/gates/x"] {
        let answered = client().post(path, "{}").await;
        assert_eq!(
            (answered.status.as_u16(), answered.code()),
            (405, "request.method_not_allowed")
        );
        assert!(answered.headers.contains_key("allow"));
    }
    let answered = client().get("/v1/gates/not-an-id", &[]).await;
    assert_eq!((answered.status.as_u16(), answered.code()), (404, "request.unknown_id"));
}

#[tokio::test]
async fn a_nul_gets_past_neither_path_nor_query() {
    assert_eq!(client().get("/v1/gates/a%00b/taken", &[]).await.code(), "request.unknown_id");
    assert_eq!(client().get("/v1/thing?a=%00", &[]).await.code(), "request.invalid_query");
}

#[tokio::test]
async fn a_refusal_in_plain_text_becomes_a_problem() {
    let answered = client().post("/v1/bytes", vec![b'x'; 64 * 1024 + 1]).await;
    assert_eq!((answered.status.as_u16(), answered.code()), (413, "request.too_large"));
}

#[tokio::test]
async fn a_request_id_comes_back() {
    let answered = client().get("/v1/thing", &[("x-request-id", "mine")]).await;
    assert_eq!(answered.headers["x-request-id"], "mine");
    let answered = client().get("/v1/thing", &[("x-request-id", "not mine")]).await;
    assert!(answered.headers["x-request-id"].to_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn a_mount_is_known_by_its_prefix() {
    for (path, mount) in [
        ("/v1/mount", "V1"),
        ("/mount", "Modei"),
        ("/api/mount", "Modei"),
        ("/api/v1/mount", "Modei"),
    ] {
        assert_eq!(client().get(path, &[]).await.body, mount, "{path}");
    }
}

#[tokio::test]
async fn a_write_names_the_version_that_was_read() {
    let client = client();
    let tag = client.get("/v1/thing", &[]).await.headers["etag"].to_str().unwrap().to_owned();
    let patch = async |tag: Option<&str>| {
        let mut request = http::Request::patch("/v1/thing");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        client.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    assert_eq!(patch(None).await.code(), "request.precondition_required");
    assert_eq!(patch(Some("\"stale\"")).await.code(), "request.precondition_failed");
    let written = patch(Some(&tag)).await;
    assert_eq!(written.status, StatusCode::CREATED);
    assert_eq!(written.headers["gatewright-epoch"], "7");
    assert_eq!(written.headers["location"], "/v1/thing");
    assert_eq!(written.headers["etag"], tag.as_str());
    assert_eq!(written.body, json!({ "name": "thing", "epoch": 7 }));
}
