use gw_kernel::GateId;
use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    ApiKeyCreatedV1, ApiKeyRevokedV1, ApiKeyRotatedV1, CapabilityMintedV1, CapabilityRevokedV1,
    CapabilityRootKeyCreatedV1, CapabilityRootKeyRetiredV1, CheckDecidedV1, CheckRefusedV1, Event,
    GateArchivedV1, GateCreatedV1, GateKeypairRetiredV1, GateKeypairRotatedV1, GateRestoredV1,
    GateUpdatedV1, KillSwitchEngagedV1, KillSwitchReleasedV1, LogKeyRotatedV1,
    LogRegressionAcknowledgedV1, OperatorCreatedV1, OperatorResumedV1, OperatorSuspendedV1,
    OperatorUpdatedV1, RootKeyRotatedV1, TenantCreatedV1, TenantDataKeyRotatedV1,
    TenantDataKeyRotationStartedV1, TenantLimitsChangedV1, TenantReadV1, TenantResumedV1,
    TenantSuspendedV1, TenantUpdatedV1, TenantsListedV1,
};

/// One event's name, and the JSON Schema of its `data`.
pub struct EventSchema {
    /// Its type.
    pub kind: &'static str,
    /// Whether it moves the epoch.
    pub moves_epoch: bool,
    /// The schema of its payload; `actor` and `moves_epoch` are added by the envelope.
    pub schema: Schema,
    /// Reads an entry's `data` back.
    pub read: fn(&Value) -> Result<Stated, serde_json::Error>,
}

/// What an event's payload says of the columns beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The id of what it is about.
    pub subject: String,
    /// The gate it is about.
    pub gate: Option<GateId>,
}

impl Stated {
    fn read<E: Event + DeserializeOwned>(data: &Value) -> Result<Self, serde_json::Error> {
        let event = E::deserialize(data)?;
        Ok(Self { subject: event.subject(), gate: event.gate() })
    }
}

/// Every event that we publish.
#[must_use]
pub fn all_events() -> Vec<EventSchema> {
    fn schema<E: Event + DeserializeOwned>() -> EventSchema {
        let schema = schemars::schema_for!(E);
        EventSchema { kind: E::TYPE, moves_epoch: E::MOVES_EPOCH, schema, read: Stated::read::<E> }
    }
    vec![
        schema::<TenantCreatedV1>(),
        schema::<TenantUpdatedV1>(),
        schema::<TenantLimitsChangedV1>(),
        schema::<TenantSuspendedV1>(),
        schema::<TenantResumedV1>(),
        schema::<TenantDataKeyRotationStartedV1>(),
        schema::<TenantDataKeyRotatedV1>(),
        schema::<RootKeyRotatedV1>(),
        schema::<TenantsListedV1>(),
        schema::<TenantReadV1>(),
        schema::<OperatorCreatedV1>(),
        schema::<OperatorUpdatedV1>(),
        schema::<OperatorSuspendedV1>(),
        schema::<OperatorResumedV1>(),
        schema::<ApiKeyCreatedV1>(),
        schema::<ApiKeyRevokedV1>(),
        schema::<ApiKeyRotatedV1>(),
        schema::<KillSwitchEngagedV1>(),
        schema::<KillSwitchReleasedV1>(),
        schema::<LogKeyRotatedV1>(),
        schema::<LogRegressionAcknowledgedV1>(),
        schema::<GateCreatedV1>(),
        schema::<GateUpdatedV1>(),
        schema::<GateArchivedV1>(),
        schema::<GateRestoredV1>(),
        schema::<GateKeypairRotatedV1>(),
        schema::<GateKeypairRetiredV1>(),
        schema::<CapabilityMintedV1>(),
        schema::<CapabilityRevokedV1>(),
        schema::<CapabilityRootKeyCreatedV1>(),
        schema::<CapabilityRootKeyRetiredV1>(),
        schema::<CheckDecidedV1<'_>>(),
        schema::<CheckRefusedV1>(),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all_events;
    use crate::CheckDecidedV1;

    #[test]
    fn every_type_says_its_version_and_is_there_once() {
        let kinds: Vec<&str> = all_events().iter().map(|event| event.kind).collect();
        assert_eq!(BTreeSet::from_iter(&kinds).len(), kinds.len());
        for kind in kinds {
            let parts: Vec<&str> = kind.split('.').collect();
            let [about, happened, version] = parts[..] else { panic!("{kind}") };
            let word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(word(about) && word(happened), "{kind}");
            let version: u8 = version.strip_prefix('v').unwrap().parse().unwrap();
            assert!(version > 0, "{kind}");
            if about == "check" && happened == "decided" {
                assert_eq!(version, CheckDecidedV1::VERSION);
            }
        }
    }
}
