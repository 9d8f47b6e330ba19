use std::sync::Arc;

use axum::{Router, body::Body, extract::Request};
use gw_web::{Limits, Lists, Registry, Surround, finish};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A router as a service's is, and what it answers.
pub(crate) struct Client(Router);

pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answered {
    /// The code of the problem that this is.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("none")
    }

    /// The pointer of the only field at fault.
    pub(crate) fn pointer(&self) -> &str {
        self.body["errors"][0]["pointer"].as_str().unwrap_or("none")
    }
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self::with(router, Lists::default())
    }

    /// One whose router has these lists.
    pub(crate) fn with(router: Router, lists: Lists) -> Self {
        let registry = Arc::new(Registry::new(&[]));
        Self(finish(router, Surround::new(registry, Limits::default()).listing(lists)))
    }

    pub(crate) async fn send(&self, request: Request) -> Answered {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answered { status, headers, body }
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answered {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answered {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }
}
