//! A tenant, the service, and requests of every method.

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use gw_gates::Gates;
use gw_testkit::{App, Database, TestTenant};
use serde_json::Value;

pub(crate) struct World {
    pub(crate) db: Database,
    pub(crate) tenant: TestTenant,
    pub(crate) app: App,
}

/// What came back.
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Told {
    pub(crate) fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }

    /// The status, and the code of the problem that it is.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or("none"))
    }

    pub(crate) fn epoch(&self) -> i64 {
        assert_eq!(self.headers["gatewright-epoch"], self.body["epoch"].to_string());
        self.body["epoch"].as_i64().unwrap()
    }
}

pub(crate) async fn world() -> World {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    World { db, tenant, app }
}

impl World {
    /// Makes a gate; its path under `/v1`.
    pub(crate) async fn gate(&self, request: Value) -> String {
        let (status, made) = self.app.post("/v1/gates", &self.tenant.api_key, request).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        format!("/v1/gates/{}", made["id"].as_str().unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Told {
        self.send(Method::GET, path, None, Value::Null).await
    }

    pub(crate) async fn patch(&self, path: &str, etag: &str, body: Value) -> Told {
        self.send(Method::PATCH, path, Some(etag), body).await
    }

    /// Null is no body.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: Value,
    ) -> Told {
        self.send_as(&self.tenant.api_key, method, path, etag, body).await
    }

    pub(crate) async fn send_as(
        &self,
        key: &str,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: Value,
    ) -> Told {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(etag) = etag {
            request = request.header(header::IF_MATCH, etag);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let (head, body) = self.app.send(request.body(body).unwrap()).await.into_parts();
        let body = serde_json::from_slice(&body).unwrap();
        Told { status: head.status, headers: head.headers, body }
    }

    /// Every entry's type and data, in order.
    pub(crate) async fn log(&self) -> Vec<(String, Value)> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(
            "select body from journal.entries where tenant_id = $1 order by idx",
        )
        .bind(self.tenant.id.uuid())
        .fetch_all(&self.db.owner().await)
        .await
        .unwrap();
        let parse = |body: Vec<u8>| {
            let mut event: Value = serde_json::from_slice(&body).unwrap();
            (event["type"].as_str().unwrap().to_owned(), event["data"].take())
        };
        rows.into_iter().map(parse).collect()
    }
}
