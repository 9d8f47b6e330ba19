use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::{Client, Method};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Which Gatewright, and as whom.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// Where the API is: `https://gatewright.example`.
    #[arg(long, env = "GATEWRIGHT_URL")]
    url: String,
    /// A key of the tenant; better in the environment, where no list of processes shows it.
    #[arg(long, env = "GATEWRIGHT_API_KEY", hide_env_values = true)]
    api_key: SecretString,
}

/// The API, as one key may use it.
pub(super) struct Api {
    url: String,
    key: SecretString,
    client: Client,
}

/// The key has not the scope that this takes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Forbidden(String);

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Target {
    pub(super) fn open(self) -> anyhow::Result<Api> {
        let client = Client::builder().timeout(PATIENCE).build()?;
        let url = self.url.trim_end_matches('/').to_owned();
        Ok(Api { url, key: self.api_key, client })
    }
}

impl Api {
    /// Whether this is the key that asks, by the part of it that may be shown.
    pub(super) fn asks_with(&self, prefix: &str) -> bool {
        self.key.expose_secret().starts_with(prefix)
    }

    /// The same API, as another key may use it.
    pub(super) fn with_key(&self, key: SecretString) -> Self {
        Self { url: self.url.clone(), key, client: self.client.clone() }
    }

    /// An object; nothing where the key's scopes do not reach it.
    pub(super) async fn read_if_allowed(&self, path: &str) -> anyhow::Result<Option<Value>> {
        match self.send(Method::GET, path, None, None).await {
            Ok((read, _)) => Ok(Some(read)),
            Err(error) if error.is::<Forbidden>() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All of a list.
    pub(super) async fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let path = format!("{path}?limit=1000{after}");
            let (mut part, _) = self.send(Method::GET, &path, None, None).await?;
            let Value::Array(items) = part["items"].take() else { bail!("{path}: no `items`") };
            all.extend(items);
            cursor = part["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// Changes something; where it is named as it was read, only that version of it.
    pub(super) async fn change(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let version = if method == Method::PATCH || method == Method::PUT {
            self.send(Method::GET, path, None, None).await?.1
        } else {
            None
        };
        Ok(self.send(method, path, Some(body), version.as_deref()).await?.0)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        version: Option<&str>,
    ) -> anyhow::Result<(Value, Option<String>)> {
        let what = format!("{method} {path}");
        let request = self.client.request(method, format!("{}{path}", self.url));
        let mut request = request.bearer_auth(self.key.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        let answer = request.send().await.with_context(|| what.clone())?;
        let status = answer.status();
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok().map(str::to_owned));
        let text = answer.text().await.with_context(|| what.clone())?;
        let parsed: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok((parsed, tag));
        }
        let told = |member: &str| parsed[member].as_str().unwrap_or_default().to_owned();
        let refused = format!("{what}: {status} {} {}", told("code"), told("detail"));
        let lacks_scope = parsed["required_scope"].is_string();
        Err(if lacks_scope { Forbidden(refused).into() } else { anyhow!(refused) })
    }
}
