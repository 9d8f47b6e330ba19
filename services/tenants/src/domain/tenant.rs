use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use gw_kernel::{Author, GateId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant as the administrators see it.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) alias: Option<String>,
    pub(crate) name: String,
    pub(crate) state: TenantState,
    pub(crate) state_reason: Option<String>,
    pub(crate) default_gate: Option<GateId>,
    pub(crate) created_by: Author,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A row of the list of tenants.
#[derive(Debug, Clone)]
pub(crate) struct ListedTenant {
    pub(crate) tenant: Tenant,
    /// Whether somebody holds a usable key for everything.
    pub(crate) has_admin: bool,
}

/// Whether a tenant's calls are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TenantState {
    /// Calls are decided.
    Active,
    /// Every call is refused.
    Suspended,
}

impl TenantState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads what the database kept; its check constraint knows no third state.
    pub(crate) fn from_column(text: &str) -> Self {
        if text == "active" { Self::Active } else { Self::Suspended }
    }
}

/// The name that is accepted in place of a tenant's id: 1 to 40 of `a-z`, `0-9` and `-`.
///
/// Never one that reads as an id: a path must mean one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9-]{1,40}$")]
pub(crate) struct TenantAlias(String);

/// The text cannot name a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a tenant's name is 1 to 40 lower case letters, digits and hyphens, and does not read as an id"
)]
pub(crate) struct AliasError;

impl TenantAlias {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantAlias {
    type Err = AliasError;

    fn from_str(text: &str) -> Result<Self, AliasError> {
        let charset = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let shape = (1..=40).contains(&text.len()) && text.chars().all(charset);
        let reserved = text == "default";
        let reads_as_id = text.parse::<TenantId>().is_ok()
            || TenantId::from_body(text).is_ok()
            || text.parse::<Uuid>().is_ok();
        (shape && !reserved && !reads_as_id).then(|| Self(text.to_owned())).ok_or(AliasError)
    }
}

impl TryFrom<String> for TenantAlias {
    type Error = AliasError;

    fn try_from(text: String) -> Result<Self, AliasError> {
        text.parse()
    }
}

/// A tenant as a path names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) enum TenantRef {
    Id(TenantId),
    Alias(TenantAlias),
    /// Text that can be neither: no tenant, like an id that nobody has.
    Nobody(String),
}

impl TenantRef {
    /// Whether it means this tenant.
    pub(crate) fn names(&self, tenant: &Tenant) -> bool {
        match self {
            Self::Id(id) => *id == tenant.id,
            Self::Alias(alias) => tenant.alias.as_deref() == Some(alias.as_str()),
            Self::Nobody(_) => false,
        }
    }
}

impl From<String> for TenantRef {
    fn from(text: String) -> Self {
        match (text.parse(), text.parse()) {
            (Ok(id), _) => Self::Id(id),
            (_, Ok(alias)) => Self::Alias(alias),
            _ => Self::Nobody(text),
        }
    }
}

impl fmt::Display for TenantRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Alias(alias) => f.write_str(alias.as_str()),
            Self::Nobody(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_letters_digits_and_hyphens() {
        for good in ["acme", "a", "0", "acme-eu-1", &"x".repeat(40)] {
            assert!(good.parse::<TenantAlias>().is_ok(), "{good}");
        }
        for bad in ["", "Acme", "a_b", "a b", "é", "a/b", "default", &"x".repeat(41)] {
            assert!(bad.parse::<TenantAlias>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_never_reads_as_an_id() {
        let id = TenantId::at(DateTime::UNIX_EPOCH, [7; 10]);
        for text in [id.to_string(), id.body(), id.uuid().to_string()] {
            assert_eq!(text.parse::<TenantAlias>(), Err(AliasError), "{text}");
        }
        assert_eq!(TenantRef::from(id.to_string()), TenantRef::Id(id));
        assert!(matches!(TenantRef::from("a\0".to_owned()), TenantRef::Nobody(_)));
    }
}
