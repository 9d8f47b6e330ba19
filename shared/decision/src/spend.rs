use chrono::TimeDelta;
use gw_credentials::capability::{Budget, BudgetKind};

/// Some of a limit: a call, a call of this minute, a cost.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spend {
    /// One call of the budget that a `max_calls` caveat gives.
    Calls {
        /// The caveat's hop id.
        hop: String,
        /// How many calls it allows in all.
        limit: i64,
    },
    /// One call of those that a `rate_limit` caveat gives for a minute. A minute begins with the
    /// first call after the one before has ended.
    Rate {
        /// The caveat's hop id.
        hop: String,
        /// How many calls it allows in a minute.
        limit: i64,
    },
    /// The declared cost, of what a `max_cost` caveat gives.
    Cost {
        /// The caveat's hop id.
        hop: String,
        /// How many cents it allows in all.
        limit: i64,
        /// How many this call costs; not negative.
        cents: i64,
    },
}

impl Spend {
    /// What one budget gives for a call that costs so much.
    pub(crate) fn of(budget: &Budget, cents: i64) -> Self {
        let (hop, limit) = (budget.hop.clone(), budget.limit);
        match budget.kind {
            BudgetKind::Calls => Self::Calls { hop, limit },
            BudgetKind::CallsAMinute => Self::Rate { hop, limit },
            BudgetKind::Cents => Self::Cost { hop, limit, cents },
        }
    }

    /// The counter it is taken from: `calls:<hop id>`, `rate:<hop id>` or `cost:<hop id>`.
    #[must_use]
    pub fn counter_key(&self) -> String {
        match self {
            Self::Calls { hop, .. } => format!("calls:{hop}"),
            Self::Rate { hop, .. } => format!("rate:{hop}"),
            Self::Cost { hop, .. } => format!("cost:{hop}"),
        }
    }

    /// The code of a check that finds it used up.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Calls { .. } => "budget.calls",
            Self::Rate { .. } => "budget.rate",
            Self::Cost { .. } => "budget.cost",
        }
    }

    /// How much may be used in all, or in one window.
    #[must_use]
    pub const fn limit(&self) -> i64 {
        match self {
            Self::Calls { limit, .. } | Self::Rate { limit, .. } | Self::Cost { limit, .. } => {
                *limit
            }
        }
    }

    /// How much of it is taken.
    #[must_use]
    pub const fn amount(&self) -> i64 {
        match self {
            Self::Calls { .. } | Self::Rate { .. } => 1,
            Self::Cost { cents, .. } => *cents,
        }
    }

    /// How long a window is, where what is used comes back.
    #[must_use]
    pub const fn window(&self) -> Option<TimeDelta> {
        match self {
            Self::Rate { .. } => Some(TimeDelta::seconds(60)),
            Self::Calls { .. } | Self::Cost { .. } => None,
        }
    }

    /// Why a check that finds so much used is blocked.
    pub(crate) fn used_up(&self, used: i64) -> String {
        match self {
            Self::Calls { limit, .. } => {
                format!("the budget of {limit} calls is used up ({used} used)")
            }
            Self::Rate { limit, .. } => {
                format!("the {limit} calls of this minute are used up")
            }
            Self::Cost { limit, cents, .. } => {
                format!("{cents} cents are more than is left of {limit} ({used} used)")
            }
        }
    }
}
