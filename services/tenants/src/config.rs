use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the tenants service can be told: nothing yet, and anything else is refused.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TenantsConfig {}
