use std::collections::BTreeSet;

use gw_kernel::GateId;

use super::{GateState, Mode, SecurityProfile};

/// Which gates a list shows; every part narrows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct GateFilter {
    /// Only gates in this state.
    pub(crate) state: Option<GateState>,
    /// Only gates of this profile.
    pub(crate) profile: Option<SecurityProfile>,
    /// Only gates in this mode.
    pub(crate) mode: Option<Mode>,
    /// Only gates with this text in one of their names, in any case.
    pub(crate) name_contains: Option<String>,
    /// Only these, where the caller's key is limited.
    pub(crate) among: Option<BTreeSet<GateId>>,
    /// How many to leave out at the beginning.
    pub(crate) offset: u32,
}
