use reqwest::Client;
use serde_json::{Value, json};

use super::Customer;
use crate::server::Server;

/// How long a check may take: a busy machine is no reason to give up.
const PATIENCE_MS: &str = "20000";

/// One process's address, and a client of its own.
#[derive(Debug, Clone)]
pub(super) struct Door {
    url: String,
    client: Client,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) body: Value,
    /// Whether it is what was answered before under the same idempotency key.
    pub(super) replayed: bool,
}

impl Door {
    pub(super) fn to(server: &Server) -> Self {
        Self::at(&server.ready.base_url)
    }

    pub(super) fn at(url: &str) -> Self {
        let client = Client::builder().pool_max_idle_per_host(128).build().unwrap();
        Self { url: url.to_owned(), client }
    }

    /// Posts; the error is that nothing was heard.
    pub(super) async fn post(&self, path: &str, key: &str, body: Value) -> reqwest::Result<Said> {
        self.post_within(path, key, body, PATIENCE_MS).await
    }

    async fn post_within(
        &self,
        path: &str,
        key: &str,
        body: Value,
        patience_ms: &str,
    ) -> reqwest::Result<Said> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(key);
        let request = request.header("gatewright-deadline-ms", patience_ms).json(&body);
        let answer = request.send().await?;
        Self::read(answer).await
    }

    async fn read(answer: reqwest::Response) -> reqwest::Result<Said> {
        let status = answer.status().as_u16();
        let replayed = answer.headers().get("idempotency-replayed").is_some_and(|it| it == "true");
        Ok(Said { status, replayed, body: answer.json().await? })
    }

    /// Reads what everybody may.
    pub(super) async fn get(&self, path: &str) -> Said {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        Self::read(answer).await.unwrap()
    }

    /// Checks with the tenant's own key.
    pub(super) async fn check(
        &self,
        who: &Customer,
        token: &str,
        action: &str,
    ) -> reqwest::Result<Said> {
        self.check_with(who, &who.key, check(token, action)).await
    }

    /// Checks at the tenant's gate with this key and this body.
    pub(super) async fn check_with(
        &self,
        who: &Customer,
        key: &str,
        body: Value,
    ) -> reqwest::Result<Said> {
        self.post(&format!("/v1/gates/{}/check", who.gate), key, body).await
    }

    /// Checks, and gives up when the product says callers do.
    pub(super) async fn check_within(
        &self,
        who: &Customer,
        token: &str,
        patience_ms: &str,
    ) -> reqwest::Result<Said> {
        let path = format!("/v1/gates/{}/check", who.gate);
        self.post_within(&path, &who.key, check(token, "read_it"), patience_ms).await
    }
}

/// A check's body.
pub(super) fn check(token: &str, action: &str) -> Value {
    json!({ "action": action, "credential": { "kind": "capability", "value": token } })
}

impl Said {
    /// Whether this is a yes.
    pub(super) fn allows(&self) -> bool {
        self.status == 200 && self.body["decision"] == "allow"
    }

    /// The code of the decision or of the problem.
    pub(super) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The body of a success.
    pub(super) fn done(self) -> Value {
        assert!(matches!(self.status, 200 | 201), "{}: {:#}", self.status, self.body);
        self.body
    }
}
