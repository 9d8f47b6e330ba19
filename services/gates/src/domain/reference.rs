use gw_kernel::GateId;

use super::GateName;

/// How a path names a gate: by its id, or by the name that it has in the caller's tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GateRef {
    /// The id.
    Id(GateId),
    /// The name.
    Name(GateName),
}

impl GateRef {
    /// Reads a path's segment; a text that is neither id nor name is no gate's.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        let id = segment.parse().ok().map(Self::Id);
        id.or_else(|| segment.parse().ok().map(Self::Name))
    }
}
