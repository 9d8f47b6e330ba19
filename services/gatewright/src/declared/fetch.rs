use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    client::Api,
    document::{ApiKey, Document, Gate, Keypair, Operator, OperatorState},
};

/// What there is of a tenant, and under which ids the API knows it.
pub(super) struct Tenant {
    pub(super) gates: Vec<Gate>,
    pub(super) operators: Vec<(String, Operator)>,
    /// Those that are not revoked.
    pub(super) api_keys: Vec<ApiKey>,
}

/// Reads all of it.
pub(super) async fn tenant(api: &Api) -> anyhow::Result<Tenant> {
    let (mut gates, mut names) = (Vec::new(), HashMap::new());
    for row in api.list("/v1/gates").await? {
        let gate = gate(api, &row).await?;
        names.insert(member::<String>(&row, "id")?, gate.gate_id.clone());
        gates.push(gate);
    }
    let (mut operators, mut mails) = (Vec::new(), HashMap::new());
    for row in api.list("/v1/admin/operators").await? {
        let (id, mail): (String, String) = (member(&row, "operator_id")?, member(&row, "mail")?);
        mails.insert(id.clone(), mail.clone());
        let state: Option<OperatorState> = member(&row, "state")?;
        let (name, roles) = (member(&row, "name")?, member(&row, "roles")?);
        operators.push((id, Operator { mail, name, roles, state: state.unwrap_or_default() }));
    }
    let mut api_keys = Vec::new();
    for row in api.list("/v1/admin/api-keys").await? {
        // One that has expired is still what the file says; what was revoked is gone.
        if row["state"] != "revoked" {
            api_keys.push(api_key(&row, &names, &mails)?);
        }
    }
    Ok(Tenant { gates, operators, api_keys })
}

impl Tenant {
    /// As a file says it.
    pub(super) fn document(self) -> Document {
        let operators = self.operators.into_iter().map(|(_, operator)| operator).collect();
        Document::whole(self.gates, operators, self.api_keys)
    }
}

async fn gate(api: &Api, row: &Value) -> anyhow::Result<Gate> {
    let gate_id: String = member(row, "gate_id")?;
    let mut keypairs = Vec::new();
    for row in api.list(&format!("/v1/gates/{gate_id}/keypairs")).await? {
        keypairs.push(Keypair {
            key_id: member(&row, "key_id")?,
            state: member(&row, "state")?,
            public_key: member(&row, "public_key")?,
        });
    }
    Ok(Gate {
        gate_id,
        name: member(row, "name")?,
        description: member(row, "description")?,
        profile: member(row, "profile")?,
        mode: member(row, "mode")?,
        signing: member(row, "signing")?,
        is_discoverable: member(row, "is_discoverable")?,
        state: member(row, "state")?,
        keypairs,
    })
}

fn api_key(
    row: &Value,
    gates: &HashMap<String, String>,
    mails: &HashMap<String, String>,
) -> anyhow::Result<ApiKey> {
    let limited: Option<Vec<String>> = member(row, "gates")?;
    let named = |id: &String| gates.get(id).unwrap_or(id).clone();
    let operator: Option<String> = member(row, "operator_id")?;
    Ok(ApiKey {
        name: member(row, "name")?,
        key_id: member(row, "key_id")?,
        prefix: member(row, "prefix")?,
        scopes: member(row, "scopes")?,
        operator: operator.map(|id| mails.get(&id).cloned().unwrap_or(id)),
        gates: limited.map(|ids| ids.iter().map(named).collect::<BTreeSet<_>>()),
        checks_per_minute: member(row, "checks_per_minute")?,
        expires_at: member(row, "expires_at")?,
    })
}

fn member<T: DeserializeOwned>(row: &Value, name: &str) -> anyhow::Result<T> {
    T::deserialize(&row[name]).with_context(|| format!("`{name}` of an answer"))
}
