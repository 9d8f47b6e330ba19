use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    client::Api,
    document::{ApiKey, Document, Gate, Keypair, Operator, OperatorState},
    limits::Limits,
};

/// What there is of a tenant, and under which ids the API knows it.
pub(super) struct Tenant {
    /// None where nobody asked, or the key may not read them.
    pub(super) limits: Option<PlanLimits>,
    pub(super) gates: Vec<Gate>,
    pub(super) operators: Vec<(String, Operator)>,
    /// Those that are not revoked.
    pub(super) api_keys: Vec<ApiKey>,
}

/// What a tenant's plan allows.
pub(super) struct PlanLimits {
    /// The tenant's id.
    pub(super) tenant: String,
    pub(super) limits: Limits,
}

/// Reads what the key's own tenant may have; nothing, where the key may not.
pub(super) async fn limits(api: &Api) -> anyhow::Result<Option<PlanLimits>> {
    let Some(row) = api.read_if_allowed("/v1/admin/limits").await? else { return Ok(None) };
    let mut only = row.clone();
    if let Some(members) = only.as_object_mut() {
        members.retain(|name, _| name != "tenant_id" && name != "updated_at");
    }
    let limits = serde_json::from_value(only).context("the limits of an answer")?;
    Ok(Some(PlanLimits { tenant: member(&row, "tenant_id")?, limits }))
}

/// Reads all of it; its limits are read already, or of no interest.
pub(super) async fn tenant(api: &Api, limits: Option<PlanLimits>) -> anyhow::Result<Tenant> {
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
    Ok(Tenant { limits, gates, operators, api_keys })
}

impl Tenant {
    /// As a file says it.
    pub(super) fn document(self) -> Document {
        let operators = self.operators.into_iter().map(|(_, operator)| operator).collect();
        Document::whole(self.limits.map(|of| of.limits), self.gates, operators, self.api_keys)
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
