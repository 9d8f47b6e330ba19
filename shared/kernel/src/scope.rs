use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! scopes {
    ($($(#[doc = $doc:literal])* $name:ident => $text:literal;)*) => {
        /// What an API key may do. The text is what stands in keys, problems and `permissions.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            schemars::JsonSchema)]
        pub enum Scope {
            $($(#[doc = $doc])* #[serde(rename = $text)] $name,)*
        }

        impl Scope {
            /// Every scope, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The scope's text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// What holding it allows, in a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*)),* }
            }
        }
    };
}

scopes! {
    /// Everything within the tenant.
    All => "*";
    /// Ask for decisions.
    ChecksWrite => "checks:write";
    /// Ask what would be decided, recording nothing.
    ChecksDryRun => "checks:dry_run";
    /// Read gates.
    GatesRead => "gates:read";
    /// Create gates.
    GatesCreate => "gates:create";
    /// Change gates.
    GatesUpdate => "gates:update";
    /// Archive gates.
    GatesDelete => "gates:delete";
    /// Read gates' key pairs.
    KeypairsRead => "keypairs:read";
    /// Rotate and retire gates' key pairs.
    KeypairsWrite => "keypairs:write";
    /// Read capabilities and revocations.
    CapabilitiesRead => "capabilities:read";
    /// Mint capabilities.
    CapabilitiesMint => "capabilities:mint";
    /// Revoke capabilities.
    CapabilitiesRevoke => "capabilities:revoke";
    /// Read API keys, never their secrets.
    ApiKeysRead => "api_keys:read";
    /// Create and revoke API keys.
    ApiKeysWrite => "api_keys:write";
    /// Read operators.
    OperatorsRead => "operators:read";
    /// Create, change, suspend and resume operators.
    OperatorsWrite => "operators:write";
    /// Read decisions and their attestations.
    DecisionsRead => "decisions:read";
    /// Read the log.
    LogRead => "log:read";
    /// Read kill switches.
    KillSwitchRead => "kill_switch:read";
    /// Engage and release kill switches.
    KillSwitchWrite => "kill_switch:write";
    /// Read tenants (platform keys, or one's own tenant).
    TenantsRead => "tenants:read";
    /// Create, suspend and resume tenants (platform keys).
    TenantsWrite => "tenants:write";
}

// Not derived: the derive does not see names that a macro hands on.
impl utoipa::PartialSchema for Scope {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.iter().map(|scope| scope.as_str())))
            .into()
    }
}

impl utoipa::ToSchema for Scope {}

/// No scope has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope `{0}`")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let known = Self::ALL.iter().find(|scope| scope.as_str() == text);
        known.copied().ok_or_else(|| UnknownScope(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The scopes of one key.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct ScopeSet(pub BTreeSet<Scope>);

impl ScopeSet {
    /// Whether the set grants this scope, by name or by `*`.
    #[must_use]
    pub fn grants(&self, scope: Scope) -> bool {
        self.0.contains(&Scope::All) || self.0.contains(&scope)
    }

    /// Whether every scope of `other` is granted here: nobody gives what they do not have.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|scope| self.grants(*scope))
    }

    /// What both sets grant.
    #[must_use]
    pub fn within(&self, bound: &Self) -> Self {
        if bound.0.contains(&Scope::All) {
            return self.clone();
        }
        if self.0.contains(&Scope::All) {
            return bound.clone();
        }
        Self(self.0.intersection(&bound.0).copied().collect())
    }

    /// The scopes' texts, for Postgres.
    #[must_use]
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Reads the scopes' texts.
    ///
    /// # Errors
    /// The first name that is no scope.
    pub fn from_texts<S: AsRef<str>>(texts: &[S]) -> Result<Self, UnknownScope> {
        texts.iter().map(|text| text.as_ref().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}
