/// What a tenant has, and may have so many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Gates that answer checks.
    Gates,
    /// API keys that are accepted.
    ApiKeys,
    /// People who administer it.
    Operators,
}

/// So much of a limit, in percent, is a warning.
const WARNED_AT: i64 = 80;

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

/// How many of them there are now, and may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) resource: Resource,
    pub(crate) used: i64,
    pub(crate) limit: i64,
}

impl Used {
    /// How much of the limit that is, rounded down; of nothing, everything.
    pub(crate) fn percent(self) -> i64 {
        if self.limit > 0 { self.used.saturating_mul(100) / self.limit } else { 100 }
    }

    /// Whether somebody should know before it is all.
    pub(crate) fn is_near(self) -> bool {
        self.percent() >= WARNED_AT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighty_percent_is_a_warning() {
        let used = |used, limit| {
            let used = Used { resource: Resource::Gates, used, limit };
            (used.percent(), used.is_near())
        };
        assert_eq!(used(0, 10), (0, false));
        assert_eq!(used(79, 100), (79, false));
        assert_eq!(used(4, 5), (80, true));
        assert_eq!(used(799_999, 1_000_000), (79, false));
        assert_eq!(used(12, 10), (120, true));
        assert_eq!(used(0, 0), (100, true));
    }
}
