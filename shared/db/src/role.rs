use serde::{Deserialize, Serialize};

/// Which service connects: each has a database role of its own, with grants on its own schema and
/// on others' published views.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Tenants, operators, API keys.
    Tenants,
    /// Gates and their key pairs.
    Gates,
    /// Capabilities and their revocation.
    Capabilities,
    /// The check path's reader: snapshots and the published log.
    Check,
    /// The log, digested: histories and usage.
    Audit,
    /// The check path's writer: the lanes.
    Journal,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Tenants, Self::Gates, Self::Capabilities, Self::Check, Self::Audit, Self::Journal];

    /// The role's name in Postgres.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenants => "gw_tenants",
            Self::Gates => "gw_gates",
            Self::Capabilities => "gw_capabilities",
            Self::Check => "gw_check",
            Self::Audit => "gw_audit",
            Self::Journal => "gw_journal",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
