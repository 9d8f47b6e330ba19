use axum::body::Body;
use gw_runtime::{MOUNTS, Service};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use serde_json::Value;

use crate::{App, Database};

/// A request that can be sent again, with an `Idempotency-Key` or without.
#[derive(Debug, Clone)]
pub struct Repeatable {
    /// How.
    pub method: Method,
    /// Where, without a mount.
    pub path: String,
    /// What stands behind `Bearer`.
    pub api_key: String,
    /// The body; none where there is none.
    pub body: Option<Value>,
    /// More headers: `If-Match`, `Gatewright-Tenant`.
    pub headers: HeaderMap,
}

impl Repeatable {
    /// A POST with a body.
    #[must_use]
    pub fn post(path: impl Into<String>, api_key: &str, body: Value) -> Self {
        let (path, api_key) = (path.into(), api_key.to_owned());
        let headers = HeaderMap::new();
        Self { method: Method::POST, path, api_key, body: Some(body), headers }
    }

    /// The same by another method.
    #[must_use]
    pub fn by(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// The same with another header.
    ///
    /// # Panics
    /// When the value cannot be one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("a header's value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    fn request(&self, key: &str) -> Request<Body> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.api_key))
            .header("idempotency-key", key);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = match &self.body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        request.body(body).expect("a request")
    }
}

impl App {
    /// Sends it under this idempotency key.
    pub async fn repeatable(&self, sent: &Repeatable, key: &str) -> Response<Vec<u8>> {
        self.send(sent.request(key)).await
    }
}

/// Demands of every operation of a service that changes something, under every mount, that it acts
/// once under one key, is answered the same again, and refuses another request under the key.
///
/// `example` answers a request, for a method and a path as they are documented, that succeeds and
/// is recorded; it is asked once for each mount, and panics for an operation that it does not know.
///
/// # Panics
/// When an operation does not keep that.
pub async fn demand_repeatable<S: Service>(
    db: &Database,
    app: &App,
    example: impl AsyncFn(&str, &str) -> Repeatable,
) {
    let described = S::describe();
    let described = [(&described.routes, &[""][..]), (&described.gate_routes, &MOUNTS[..])];
    let mut count = 0;
    for (document, mounts) in described {
        let document = serde_json::to_value(document).expect("a document is JSON");
        for (route, item) in document["paths"].as_object().expect("paths") {
            let changing = ["post", "put", "patch", "delete"].into_iter();
            for method in changing.filter(|method| item.get(method).is_some()) {
                for mount in mounts {
                    let mut sent = example(&method.to_uppercase(), route).await;
                    sent.path = format!("{mount}{}", sent.path);
                    acts_once(db, app, &sent, &format!("key {count}")).await;
                    count += 1;
                }
            }
        }
    }
    assert_ne!(count, 0, "the service changes nothing");
}

async fn acts_once(db: &Database, app: &App, sent: &Repeatable, key: &str) {
    let shown = format!("{} {}", sent.method, sent.path);
    let before = entries(db).await;
    let first = app.repeatable(sent, key).await;
    assert!(first.status().is_success(), "{shown}: {}", String::from_utf8_lossy(first.body()));
    assert_eq!(first.headers().get("idempotency-replayed"), None, "{shown}");
    let after = entries(db).await;
    assert!(after > before, "{shown} recorded nothing");

    let again = app.repeatable(sent, key).await;
    assert_eq!(entries(db).await, after, "{shown} acted twice");
    assert_eq!(again.headers()["idempotency-replayed"], "true", "{shown}");
    assert_eq!(telling(&first), telling(&again), "{shown} is answered otherwise");

    let target = format!("{}?another=1", sent.path);
    let another = app.repeatable(&Repeatable { path: target, ..sent.clone() }, key).await;
    let problem: Value = serde_json::from_slice(another.body()).expect("a problem is JSON");
    assert_eq!(another.status(), StatusCode::CONFLICT, "{shown}: {problem}");
    assert_eq!(problem["code"], "check.idempotency_conflict", "{shown}");
    assert_eq!(entries(db).await, after, "{shown} acted for another request");
}

/// What is the same when an answer is given again.
fn telling(answer: &Response<Vec<u8>>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut headers = answer.headers().clone();
    headers.remove("idempotency-replayed");
    headers.remove("x-request-id");
    headers.remove(header::CONTENT_LENGTH);
    (answer.status(), headers, answer.body().clone())
}

/// How many entries all logs have together.
async fn entries(db: &Database) -> i64 {
    sqlx::query_scalar("select count(*) from journal.entries")
        .fetch_one(&db.owner().await)
        .await
        .expect("the log can be counted")
}
