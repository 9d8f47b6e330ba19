use std::str::FromStr;

use chrono::{DateTime, Utc};
use gw_kernel::{Author, OperatorId, Role, ScopeSet};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Name, check_scopes};
use crate::error::TenantsError;

/// A person who administers a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) id: OperatorId,
    pub(crate) name: String,
    pub(crate) mail: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) state: OperatorState,
    pub(crate) state_reason: Option<String>,
    pub(crate) created_by: Author,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Operator {
    /// Whether it is one of those who may do everything.
    pub(crate) fn is_active_owner(&self) -> bool {
        self.state == OperatorState::Active && self.roles.contains(&Role::Owner)
    }

    /// The roles, for the log and for Postgres.
    pub(crate) fn roles_as_text(&self) -> Vec<String> {
        self.roles.iter().map(|role| role.as_str().to_owned()).collect()
    }
}

/// Whether an operator's keys are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OperatorState {
    /// They are.
    Active,
    /// They are refused.
    Suspended,
}

impl OperatorState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads what the database kept; what this release does not know is not active.
    pub(crate) fn from_column(text: &str) -> Self {
        if text == Self::Active.as_str() { Self::Active } else { Self::Suspended }
    }
}

/// The roles that are to be given, each once and in order.
///
/// # Errors
/// When there are none, or they allow something that whoever gives them lacks.
pub(crate) fn check_roles(
    held: &ScopeSet,
    mut roles: Vec<Role>,
) -> Result<Vec<Role>, TenantsError> {
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(TenantsError::NoRoles);
    }
    check_scopes(held, &Role::union(&roles)).map_err(|refused| match refused {
        TenantsError::ScopeExceeds(scope) => TenantsError::RoleExceeds(scope),
        other => other,
    })?;
    Ok(roles)
}

/// Whether somebody may change an operator who has these roles.
///
/// # Errors
/// When the operator may do something that whoever changes it may not.
pub(crate) fn check_administers(held: &ScopeSet, roles: &[Role]) -> Result<(), TenantsError> {
    check_scopes(held, &Role::union(roles)).map_err(|refused| match refused {
        TenantsError::ScopeExceeds(scope) => TenantsError::OperatorExceeds(scope),
        other => other,
    })
}

/// An operator that does not exist yet.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperator {
    /// Their name.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    pub(crate) name: Name,
    /// Their mail address; nobody else in the tenant has it.
    pub(crate) mail: Mail,
    /// At least one of `owner`, `admin`, `approver`, `auditor`, `viewer`.
    pub(crate) roles: Vec<Role>,
}

/// A mail address: something on both sides of one `@`, at most 254 bytes (RFC 5321).
///
/// Whether it reaches anybody only sending to it can tell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, format = "email", max_length = 254)]
pub(crate) struct Mail(String);

/// The text is not a mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mail address has the form name@domain, without spaces, in at most 254 bytes")]
pub(crate) struct MailError;

impl Mail {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Mail {
    type Err = MailError;

    fn from_str(text: &str) -> Result<Self, MailError> {
        let (local, domain) = text.split_once('@').ok_or(MailError)?;
        let plain = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control());
        let domain_ok = !domain.contains('@')
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..");
        let ok = text.len() <= 254
            && (1..=64).contains(&local.len())
            && !domain.is_empty()
            && domain_ok
            && plain(text);
        ok.then(|| Self(text.to_owned())).ok_or(MailError)
    }
}

impl TryFrom<String> for Mail {
    type Error = MailError;

    fn try_from(text: String) -> Result<Self, MailError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_something_on_both_sides_of_one_at() {
        for good in ["a@b", "ada@example.com", "ada+gates@mail.example.com", "é@example.com"] {
            assert!(good.parse::<Mail>().is_ok(), "{good}");
        }
        let long = format!("a@{}", "x".repeat(253));
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b..c", "a@.b", "a\0@b", &long] {
            assert!(bad.parse::<Mail>().is_err(), "{bad}");
        }
    }
}
