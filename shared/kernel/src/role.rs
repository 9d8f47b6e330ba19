use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Scope, ScopeSet};

/// What an operator is for: a set of scopes, and the most that the operator's keys may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything within the tenant.
    Owner,
    /// Gates, capabilities and keys, but not who the operators are.
    Admin,
    /// Sees what is decided, and answers what is held.
    Approver,
    /// Sees everything, changes nothing.
    Auditor,
    /// Sees what is configured.
    Viewer,
}

impl Role {
    /// Every role, from the one that may do most.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Admin, Self::Approver, Self::Auditor, Self::Viewer];

    /// The role's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Viewer => "viewer",
        }
    }

    /// Reads what was kept; a role that this release does not know grants nothing.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What roles allow together, as they were kept.
    #[must_use]
    pub fn union_of_texts<S: AsRef<str>>(texts: &[S]) -> ScopeSet {
        let known: Vec<Self> =
            texts.iter().filter_map(|text| Self::from_text(text.as_ref())).collect();
        Self::union(&known)
    }

    /// The scopes that the role is.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Owner => &[Scope::All],
            Self::Admin => &[
                Scope::ChecksWrite,
                Scope::ChecksDryRun,
                Scope::GatesRead,
                Scope::GatesCreate,
                Scope::GatesUpdate,
                Scope::GatesDelete,
                Scope::KeypairsRead,
                Scope::KeypairsWrite,
                Scope::CapabilitiesRead,
                Scope::CapabilitiesMint,
                Scope::CapabilitiesRevoke,
                Scope::ApiKeysRead,
                Scope::ApiKeysWrite,
                Scope::OperatorsRead,
                Scope::DecisionsRead,
                Scope::LogRead,
                Scope::KillSwitchRead,
                Scope::KillSwitchWrite,
            ],
            Self::Approver => &[
                Scope::GatesRead,
                Scope::CapabilitiesRead,
                Scope::OperatorsRead,
                Scope::DecisionsRead,
                Scope::KillSwitchRead,
            ],
            Self::Auditor => &[
                Scope::GatesRead,
                Scope::KeypairsRead,
                Scope::CapabilitiesRead,
                Scope::ApiKeysRead,
                Scope::OperatorsRead,
                Scope::DecisionsRead,
                Scope::LogRead,
                Scope::KillSwitchRead,
            ],
            Self::Viewer => &[
                Scope::GatesRead,
                Scope::KeypairsRead,
                Scope::CapabilitiesRead,
                Scope::KillSwitchRead,
            ],
        }
    }

    /// What these roles allow together.
    #[must_use]
    pub fn union(roles: &[Self]) -> ScopeSet {
        roles.iter().flat_map(|role| role.scopes()).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_owner_decides_who_the_operators_are() {
        assert!(Role::union(&[Role::Owner]).grants(Scope::OperatorsWrite));
        for role in [Role::Admin, Role::Approver, Role::Auditor, Role::Viewer] {
            assert!(!Role::union(&[role]).grants(Scope::OperatorsWrite), "{role:?}");
        }
    }

    #[test]
    fn no_role_but_the_owners_reaches_tenants() {
        for role in [Role::Admin, Role::Approver, Role::Auditor, Role::Viewer] {
            let scopes = Role::union(&[role]);
            assert!(!scopes.grants(Scope::TenantsRead) && !scopes.grants(Scope::TenantsWrite));
        }
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let scopes = Role::union(&[Role::Auditor]);
        assert!(scopes.0.iter().all(|scope| scope.as_str().ends_with(":read")));
    }

    #[test]
    fn a_role_is_read_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(Role::from_text(role.as_str()), Some(role));
        }
        assert_eq!(Role::from_text("root"), None);
    }
}
