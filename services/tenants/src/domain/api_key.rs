use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use gw_kernel::{ApiKeyId, Author, GateId, OperatorId, Scope, ScopeSet};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ChecksPerMinute;
use crate::error::TenantsError;

/// No key is limited to more gates than this.
pub(crate) const MAX_GATES: usize = 1_000;

/// An API key, without its secret: that is kept nowhere.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey {
    pub(crate) id: ApiKeyId,
    pub(crate) name: String,
    pub(crate) owner: KeyOwner,
    pub(crate) prefix: String,
    pub(crate) scopes: ScopeSet,
    pub(crate) gates: Option<BTreeSet<GateId>>,
    /// How many checks it may ask for; the installation's default when absent.
    pub(crate) checks_per_minute: Option<ChecksPerMinute>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) revoked_reason: Option<String>,
    /// When its secret was last replaced.
    pub(crate) rotated_at: Option<DateTime<Utc>>,
    /// Until when the secret that was replaced is accepted.
    pub(crate) previous_until: Option<DateTime<Utc>>,
    pub(crate) created_by: Author,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Who acts when the key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyOwner {
    Operator(OperatorId),
    Machine,
    Platform,
}

/// The kind of owner, as it is kept and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyKind {
    /// A person's key.
    Operator,
    /// A program's key.
    Machine,
    /// A key of the people who run the service for all tenants.
    Platform,
}

impl KeyOwner {
    pub(crate) const fn kind(self) -> KeyKind {
        match self {
            Self::Operator(_) => KeyKind::Operator,
            Self::Machine => KeyKind::Machine,
            Self::Platform => KeyKind::Platform,
        }
    }

    pub(crate) const fn operator(self) -> Option<OperatorId> {
        match self {
            Self::Operator(id) => Some(id),
            Self::Machine | Self::Platform => None,
        }
    }
}

impl KeyKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Machine => "machine",
            Self::Platform => "platform",
        }
    }
}

/// Whether a key is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyState {
    /// It is accepted.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl ApiKey {
    /// Whether the key is accepted at this moment. Revocation outranks expiry: somebody meant it.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> KeyState {
        if self.revoked_at.is_some() {
            return KeyState::Revoked;
        }
        match self.expires_at {
            Some(end) if end <= now => KeyState::Expired,
            _ => KeyState::Active,
        }
    }
}

impl KeyState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// The rights of whoever makes a key: nobody gives what they do not have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Creator<'a> {
    /// Whether the key is made within the platform's own tenant.
    pub(crate) platform: bool,
    pub(crate) scopes: &'a ScopeSet,
    /// The gates that the creator's own key is limited to.
    pub(crate) gates: Option<&'a BTreeSet<GateId>>,
}

/// Whether these scopes and gates may be given.
///
/// # Errors
/// When there are none, when they are for platform keys only, or when the creator lacks one.
pub(crate) fn check_grant(
    creator: Creator<'_>,
    scopes: &ScopeSet,
    gates: Option<&BTreeSet<GateId>>,
) -> Result<(), TenantsError> {
    if scopes.0.is_empty() {
        return Err(TenantsError::NoScopes);
    }
    let of_platform = [Scope::TenantsRead, Scope::TenantsWrite];
    let reaching_past = of_platform.into_iter().find(|scope| scopes.0.contains(scope));
    if let Some(scope) = reaching_past.filter(|_| !creator.platform) {
        return Err(TenantsError::PlatformScope(scope));
    }
    check_scopes(creator.scopes, scopes)?;
    check_gates(creator.gates, gates)
}

/// Whether a key that is limited to `own` gates may touch what is limited to `wanted` ones.
///
/// # Errors
/// [`TenantsError::GatesExceed`]; no limit is more than any.
pub(crate) fn check_gates(
    own: Option<&BTreeSet<GateId>>,
    wanted: Option<&BTreeSet<GateId>>,
) -> Result<(), TenantsError> {
    let within = match (own, wanted) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(wanted)) => wanted.is_subset(own),
    };
    within.then_some(()).ok_or(TenantsError::GatesExceed)
}

/// Whether everything that is wanted is held.
///
/// # Errors
/// Names the first scope that is not.
pub(crate) fn check_scopes(held: &ScopeSet, wanted: &ScopeSet) -> Result<(), TenantsError> {
    match wanted.0.iter().find(|scope| !held.grants(**scope)) {
        Some(scope) => Err(TenantsError::ScopeExceeds(*scope)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(list: &[Scope]) -> ScopeSet {
        list.iter().copied().collect()
    }

    fn gate(n: u8) -> GateId {
        GateId::at(DateTime::UNIX_EPOCH, [n; 10])
    }

    #[test]
    fn nobody_gives_a_scope_that_they_do_not_have() {
        let own = scopes(&[Scope::ApiKeysWrite, Scope::GatesRead]);
        let creator = Creator { platform: false, scopes: &own, gates: None };
        assert!(check_grant(creator, &scopes(&[Scope::GatesRead]), None).is_ok());
        for wanted in [Scope::All, Scope::GatesCreate] {
            let refused = check_grant(creator, &scopes(&[wanted]), None);
            assert!(matches!(refused, Err(TenantsError::ScopeExceeds(s)) if s == wanted));
        }
    }

    #[test]
    fn a_key_for_some_gates_makes_no_key_for_others() {
        let all = scopes(&[Scope::All]);
        let own = BTreeSet::from([gate(1), gate(2)]);
        let creator = Creator { platform: false, scopes: &all, gates: Some(&own) };
        assert!(check_grant(creator, &all, Some(&BTreeSet::from([gate(1)]))).is_ok());
        for wanted in [None, Some(BTreeSet::from([gate(1), gate(3)]))] {
            let refused = check_grant(creator, &all, wanted.as_ref());
            assert!(matches!(refused, Err(TenantsError::GatesExceed)));
        }
    }

    #[test]
    fn a_tenants_key_never_reaches_other_tenants() {
        let all = scopes(&[Scope::All]);
        let creator = Creator { platform: false, scopes: &all, gates: None };
        let refused = check_grant(creator, &scopes(&[Scope::TenantsRead]), None);
        assert!(matches!(refused, Err(TenantsError::PlatformScope(Scope::TenantsRead))));
        let platform = Creator { platform: true, ..creator };
        assert!(check_grant(platform, &scopes(&[Scope::TenantsRead]), None).is_ok());
        assert!(matches!(check_grant(creator, &scopes(&[]), None), Err(TenantsError::NoScopes)));
    }
}
