use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the audit service can be told. Every default works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// How often it looks whether logs have grown, in milliseconds. Histories and usage read what is
    /// missing when they are asked for, so this is about how much they find left to read.
    pub poll_ms: u64,
    /// How often each log is looked through for decisions that are past their tenant's
    /// `retention_days`, whose bodies then go, in milliseconds.
    pub retention_poll_ms: u64,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { poll_ms: 1_000, retention_poll_ms: 3_600_000 }
    }
}
