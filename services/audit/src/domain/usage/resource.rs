/// What a tenant has, and can have so many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Gates that answer checks.
    Gates,
    /// API keys that are accepted.
    ApiKeys,
    /// People who administer it.
    Operators,
}

impl Resource {
    /// Its word in an answer.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gates => "gates",
            Self::ApiKeys => "api_keys",
            Self::Operators => "operators",
        }
    }
}

/// How many of them there are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) resource: Resource,
    pub(crate) used: i64,
}
