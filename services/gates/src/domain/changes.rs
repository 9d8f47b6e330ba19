use super::{Mode, SecurityProfile, Signing};

/// What is to become of a gate, every part of it acceptable; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GateChanges {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<Option<String>>,
    pub(crate) profile: Option<SecurityProfile>,
    pub(crate) mode: Option<Mode>,
    pub(crate) signing: Option<Signing>,
    pub(crate) is_discoverable: Option<bool>,
}
