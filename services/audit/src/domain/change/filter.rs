use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use gw_contracts::all_events;
use gw_kernel::GateId;

/// Which entries of a history are wanted; every part narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChangeFilter {
    /// Those that have to do with this object.
    pub(crate) object: Option<String>,
    /// At this moment or later.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub(crate) until: Option<DateTime<Utc>>,
    /// By this operator, or with this API key.
    pub(crate) actor: Option<String>,
    /// Of this type.
    pub(crate) kind: Option<String>,
    /// Only about these gates, where the caller's key is limited to them.
    pub(crate) gates: Option<BTreeSet<GateId>>,
}

impl ChangeFilter {
    /// Whether any entry has this type.
    pub(crate) fn is_kind(kind: &str) -> bool {
        all_events().iter().any(|event| event.kind == kind)
    }
}
