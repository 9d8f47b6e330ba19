use chrono::{DateTime, Utc};
use gw_contracts::PlanLimits;
use gw_kernel::TenantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::TenantsError;

/// What a tenant may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Checks a second at each replica, by all of the tenant's callers together: 1 to 10,000,000.
    pub checks_per_second: u32,
    /// Gates that are not archived: up to 1,000,000, as the two below.
    pub gates: u32,
    /// API keys that are neither revoked nor expired.
    pub api_keys: u32,
    /// Operators that are not suspended.
    pub operators: u32,
    /// For how many days decisions keep their records, of which the hashes stay: 1 to 36,500.
    pub retention_days: u32,
}

impl Default for Limits {
    /// What the view `tenants.published_limits` says of a tenant that nothing was set for.
    fn default() -> Self {
        Self {
            checks_per_second: 100_000,
            gates: 10_000,
            api_keys: 10_000,
            operators: 1_000,
            retention_days: 3_650,
        }
    }
}

impl Limits {
    /// Whether every number is one that can be kept.
    ///
    /// # Errors
    /// Names the first that is not.
    pub(crate) fn check(self) -> Result<Self, TenantsError> {
        let ranges = [
            ("checks_per_second", self.checks_per_second, 1, 10_000_000),
            ("gates", self.gates, 0, 1_000_000),
            ("api_keys", self.api_keys, 0, 1_000_000),
            ("operators", self.operators, 0, 1_000_000),
            ("retention_days", self.retention_days, 1, 36_500),
        ];
        match ranges.into_iter().find(|(_, number, least, most)| !(least..=most).contains(&number))
        {
            Some((member, _, least, most)) => {
                Err(TenantsError::LimitOutOfRange { member, least, most })
            }
            None => Ok(self),
        }
    }

    /// What the log says of them.
    pub(crate) fn stated(&self) -> PlanLimits {
        PlanLimits {
            checks_per_second: self.checks_per_second,
            gates: self.gates,
            api_keys: self.api_keys,
            operators: self.operators,
            retention_days: self.retention_days,
        }
    }
}

/// A tenant's limits, and since when they are so.
#[derive(Debug, Clone)]
pub(crate) struct TenantLimits {
    pub(crate) tenant: TenantId,
    pub(crate) limits: Limits,
    pub(crate) updated_at: DateTime<Utc>,
}

/// What is counted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    ApiKeys,
    Operators,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_cannot_be_kept_is_named() {
        assert!(Limits::default().check().is_ok());
        let none = Limits { gates: 0, api_keys: 0, operators: 0, ..Limits::default() };
        assert!(none.check().is_ok(), "a tenant may be given nothing");
        for (bad, named) in [
            (Limits { checks_per_second: 0, ..Limits::default() }, "checks_per_second"),
            (Limits { gates: 1_000_001, ..Limits::default() }, "gates"),
            (Limits { retention_days: 0, ..Limits::default() }, "retention_days"),
        ] {
            let refused = bad.check();
            assert!(
                matches!(refused, Err(TenantsError::LimitOutOfRange { member, .. }) if member == named)
            );
        }
    }
}
