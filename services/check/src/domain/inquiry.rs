use gw_kernel::{Epoch, TenantId};

use super::Asked;

/// What is decided in one go.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are one check, and need no box")]
pub(crate) enum Inquiry {
    /// One check.
    Check(Asked),
    /// Checks that one caller asks one gate together, at least one: decided from one snapshot, and
    /// recorded together or not at all.
    Unit {
        /// The checks, in their order.
        checks: Vec<Asked>,
        /// The request has a key, which is theirs together: another request has all of them, or
        /// none.
        keyed: bool,
    },
}

impl Inquiry {
    /// The checks, in their order.
    pub(crate) fn checks(&self) -> &[Asked] {
        match self {
            Self::Check(asked) => std::slice::from_ref(asked),
            Self::Unit { checks, .. } => checks,
        }
    }

    /// The same, to add what is known of them.
    pub(crate) fn checks_mut(&mut self) -> &mut [Asked] {
        match self {
            Self::Check(asked) => std::slice::from_mut(asked),
            Self::Unit { checks, .. } => checks,
        }
    }

    /// The check at this place.
    pub(crate) fn at(&self, place: usize) -> &Asked {
        &self.checks()[place]
    }

    /// The tenant that the caller claims: one for all checks.
    pub(crate) fn tenant(&self) -> TenantId {
        self.at(0).tenant
    }

    /// The newest epoch that the caller has seen.
    pub(crate) fn min_epoch(&self) -> Option<Epoch> {
        self.checks().iter().filter_map(|asked| asked.min_epoch).max()
    }
}
