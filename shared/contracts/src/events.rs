//! The administrative facts. Moments are RFC 3339 text in UTC with microseconds; ids are text.

macro_rules! event {
    ($name:ident, $kind:literal, moves_epoch: $moves:literal, subject: $subject:expr $(, gate: $gate:expr)?) => {
        impl Event for $name {
            const TYPE: &'static str = $kind;
            const MOVES_EPOCH: bool = $moves;
            fn subject(&self) -> String {
                let subject: fn(&Self) -> String = $subject;
                subject(self)
            }
            $(fn gate(&self) -> Option<gw_kernel::GateId> {
                let gate: fn(&Self) -> Option<gw_kernel::GateId> = $gate;
                gate(self)
            })?
        }
    };
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )*};
}

mod api_keys;
mod capabilities;
mod gates;
mod kill_switches;
mod log;
mod secrets;
mod tenants;

pub use api_keys::{ApiKeyCreatedV1, ApiKeyRevokedV1, ApiKeyRotatedV1};
pub use capabilities::{
    CapabilityMintedV1, CapabilityRevokedV1, CapabilityRootKeyCreatedV1, CapabilityRootKeyRetiredV1,
};
pub use gates::{
    GateArchivedV1, GateCreatedV1, GateKeypair, GateKeypairRetiredV1, GateKeypairRotatedV1,
    GateRestoredV1, GateSettings, GateUpdatedV1, SigningKeypair,
};
pub use kill_switches::{KillSwitchEngagedV1, KillSwitchReleasedV1};
pub use log::{LogKey, LogKeyRotatedV1, LogRegressionAcknowledgedV1, LostCheckpoint};
pub use secrets::{RootKeyRotatedV1, TenantDataKeyRotatedV1, TenantDataKeyRotationStartedV1};
pub use tenants::{
    OperatorCreatedV1, OperatorResumedV1, OperatorSuspendedV1, OperatorUpdatedV1, PlanLimits,
    TenantCreatedV1, TenantLimitsChangedV1, TenantReadV1, TenantResumedV1, TenantSuspendedV1,
    TenantUpdatedV1, TenantsListedV1,
};
