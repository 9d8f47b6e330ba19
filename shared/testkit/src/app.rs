use axum::{Router, body::Body};
use gw_kernel::Clock;
use gw_runtime::{Assembled, Env, Service, assemble};
use gw_web::{Limits, Registry, Surround};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::{Contract, Database};

/// One service, put together as production does it, with a client that believes no answer that the
/// service's own description does not describe.
pub struct App {
    router: Router,
    contract: Contract,
    /// Ends the service's workers when the test ends.
    _shutdown: DropGuard,
}

/// Builds a service over this database with its default configuration.
///
/// # Panics
/// When it cannot be built.
pub async fn app<S: Service>(database: &Database) -> App {
    App::build::<S>(database, S::Config::default()).await
}

impl App {
    /// Builds a service over this database.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn build<S: Service>(database: &Database, config: S::Config) -> Self {
        let shutdown = CancellationToken::new();
        let clock: Arc<dyn Clock> = database.clock.clone();
        let env = Env {
            db: database.db(S::ROLE).await,
            clock,
            shutdown: shutdown.clone(),
            issuer_host: "gatewright.localhost".to_owned(),
            base_url: "http://gatewright.localhost".to_owned(),
            database: database.config(),
            keys: database.root_key.clone(),
        };
        let parts = S::build(config, env).await.expect("the service can be built");
        let registry = Arc::new(Registry::new(&[S::problems()]));
        let assembled =
            assemble(vec![(S::NAME, parts)], Surround::new(registry, Limits::default()));
        let assembled = assembled.expect("its routes are its own");
        let Assembled { router, openapi, workers, .. } = assembled;
        for worker in workers {
            drop(worker.spawn(shutdown.clone()));
        }
        let contract = Contract::new(serde_json::to_value(openapi).expect("a document is JSON"));
        Self { router, contract, _shutdown: shutdown.drop_guard() }
    }

    /// GET with this key; an empty key sends no header.
    pub async fn get(&self, path: &str, key: &str) -> (StatusCode, Value) {
        self.json(Method::GET, path, key, None).await
    }

    /// POST with this key and body.
    pub async fn post(&self, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
        self.json(Method::POST, path, key, Some(body)).await
    }

    /// PATCH with this key, `If-Match` and body.
    pub async fn patch(
        &self,
        path: &str,
        key: &str,
        etag: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = request(Method::PATCH, path, key)
            .header(header::IF_MATCH, etag)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        parsed(self.send(request.expect("a request")).await)
    }

    /// DELETE with this key.
    pub async fn delete(&self, path: &str, key: &str) -> (StatusCode, Value) {
        self.json(Method::DELETE, path, key, None).await
    }

    /// POST with this key of bytes that need not be JSON.
    pub async fn post_bytes(
        &self,
        path: &str,
        key: &str,
        body: impl Into<Vec<u8>>,
    ) -> (StatusCode, Value) {
        let request = request(Method::POST, path, key)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.into()));
        parsed(self.send(request.expect("a request")).await)
    }

    /// Sends any request, and holds the answer against the service's description.
    ///
    /// # Panics
    /// When the answer is not one that is described.
    pub async fn send(&self, request: Request<Body>) -> Response<Vec<u8>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.router.clone().oneshot(request).await.expect("a router answers");
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("a body ends").to_bytes().to_vec();
        let content_type = head.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.contract.check(method.as_str(), &path, head.status.as_u16(), content_type, &body);
        Response::from_parts(head, body)
    }

    /// Gets one of the process's own pages, which no service describes: `/metrics`.
    ///
    /// # Panics
    /// When it is not a text.
    pub async fn page(&self, path: &str) -> (http::response::Parts, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("a router answers");
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("a body ends").to_bytes().to_vec();
        (head, String::from_utf8(body).expect("a text"))
    }

    async fn json(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut builder = request(method, path, key);
        if body.is_some() {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        parsed(self.send(builder.body(body).expect("a request")).await)
    }
}

fn request(method: Method, path: &str, key: &str) -> http::request::Builder {
    let builder = Request::builder().method(method).uri(path);
    if key.is_empty() {
        builder
    } else {
        builder.header(header::AUTHORIZATION, format!("Bearer {key}"))
    }
}

/// The status and the body: JSON where it is JSON, its text where it is not, null where it is empty.
fn parsed(answer: Response<Vec<u8>>) -> (StatusCode, Value) {
    let status = answer.status();
    let body = answer.into_body();
    if body.is_empty() {
        return (status, Value::Null);
    }
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    let value = serde_json::from_slice(&body).unwrap_or_else(|_| text());
    (status, value)
}
