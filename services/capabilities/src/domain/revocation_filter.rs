use chrono::{DateTime, Utc};

use super::Selected;

/// Which revocations are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RevocationFilter {
    /// What is refused.
    pub(crate) selected: Option<Selected>,
    /// Revoked at this moment or later.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Revoked before this moment.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Revoked by this actor, by id.
    pub(crate) revoked_by: Option<String>,
}
