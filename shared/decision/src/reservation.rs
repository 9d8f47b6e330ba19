use crate::{Burn, Spend};

/// Something that must be taken exactly, while the tenant's head is held. Its class says when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reservation {
    /// Taken once, by whatever outcome is recorded first: a block burns it as an `allow` does.
    Burn(Burn),
    /// Taken on `allow` only: all that an outcome names, or nothing.
    Spend(Spend),
}

impl Reservation {
    /// What it burns, if that is its class.
    #[must_use]
    pub const fn burn(&self) -> Option<&Burn> {
        match self {
            Self::Burn(burn) => Some(burn),
            Self::Spend(_) => None,
        }
    }

    /// What it spends, if that is its class.
    #[must_use]
    pub const fn spend(&self) -> Option<&Spend> {
        match self {
            Self::Spend(spend) => Some(spend),
            Self::Burn(_) => None,
        }
    }
}
