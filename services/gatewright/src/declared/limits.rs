use serde::{Deserialize, Serialize};

/// What a tenant may have, by its plan. What is absent from a file stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    checks_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    gates: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    api_keys: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    operators: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retention_days: Option<u32>,
}

impl Limits {
    /// These, and those of `others` that are not said here.
    pub(super) fn or(&self, others: &Self) -> Self {
        Self {
            checks_per_second: self.checks_per_second.or(others.checks_per_second),
            gates: self.gates.or(others.gates),
            api_keys: self.api_keys.or(others.api_keys),
            operators: self.operators.or(others.operators),
            retention_days: self.retention_days.or(others.retention_days),
        }
    }
}
