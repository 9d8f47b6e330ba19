use super::{GateName, Mode, SecurityProfile, Signing};

/// A gate that somebody asks for, every part of it acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewGate {
    pub(crate) slug: Option<GateName>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) profile: SecurityProfile,
    pub(crate) mode: Mode,
    pub(crate) signing: Signing,
    pub(crate) is_discoverable: bool,
}
