//! The demo tenant, made through the front door: the same requests that an operator sends.

use std::time::Duration;

use anyhow::Context;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use super::home::Demo;

/// Whether this server knows the demo tenant's key and gate. Only a clear no is a no: what an
/// earlier start made is not replaced because the database is slow today.
pub(crate) async fn is_known(base_url: &str, demo: &Demo) -> anyhow::Result<bool> {
    let url = format!("{base_url}/v1/gates/{}", demo.gate_id);
    for pause in [100, 300, 1_000, 3_000, 5_000] {
        let answer = Client::new().get(&url).bearer_auth(&demo.api_key).send().await?;
        match answer.status() {
            StatusCode::OK => return Ok(true),
            StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => return Ok(false),
            StatusCode::SERVICE_UNAVAILABLE => {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            status => anyhow::bail!("the demo tenant's gate cannot be read: {status}"),
        }
    }
    anyhow::bail!("the database does not serve the demo tenant")
}

/// Makes a tenant, its operator, the operator's key and a gate.
pub(crate) async fn make(base_url: &str, platform_key: &str) -> anyhow::Result<Demo> {
    let client = Client::new();
    let post = async |path: &str, key: &str, body: Value| -> anyhow::Result<Value> {
        let request = client.post(format!("{base_url}{path}")).bearer_auth(key).json(&body);
        created(request.send().await?).await.with_context(|| format!("POST {path}"))
    };
    let tenant = post("/v1/admin/tenants", platform_key, json!({ "name": "Demo" })).await?;
    let owner = text(&tenant, "api_key")?;
    let operator =
        json!({ "name": "Demo operator", "mail": "operator@example.com", "roles": ["owner"] });
    let operator = post("/v1/admin/operators", &owner, operator).await?;
    let operator_id = text(&operator, "operator_id")?;
    let key = json!({ "name": "Demo operator's key", "scopes": ["*"], "operator_id": operator_id });
    let key = post("/v1/admin/api-keys", &owner, key).await?;
    let api_key = text(&key, "api_key")?;
    let gate = json!({ "name": "Demo gate", "security_profile": "L1" });
    let gate = post("/v1/gates", &api_key, gate).await?;
    Ok(Demo {
        platform_key: platform_key.to_owned(),
        tenant_id: text(&tenant, "tenant_id")?,
        gate_id: text(&gate, "id")?,
        api_key,
    })
}

async fn created(answer: Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let body: Value = answer.json().await?;
    anyhow::ensure!(status == StatusCode::CREATED, "answered {status}: {body}");
    Ok(body)
}

fn text(object: &Value, member: &str) -> anyhow::Result<String> {
    object[member].as_str().map(str::to_owned).with_context(|| format!("`{member}` is missing"))
}
