use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Limits;

/// What the tenants service can be told. Every default works.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TenantsConfig {
    /// What a new tenant may have, until the platform's staff say otherwise. Tenants that exist keep
    /// what they have.
    pub new_tenant_limits: Limits,
}
