//! What services say to one another: the facts that leave a service as entries of a tenant's log.
//!
//! An [`Event`] is past tense, versioned and never changed once published. [`Entry::administrative`]
//! wraps one in a CloudEvents 1.0 envelope in RFC 8785 form; those bytes are the leaf of the log,
//! what consumers read, and what an attestation carries. Nothing is ever written twice in two forms.
//!
//! Every entry says of which version its format is: its type ends with it (`gate.created.v1`), and a
//! decision's record, which is handed on without its envelope's context, says it in `v` as well. Two
//! releases append to one log, so each meets versions that it does not know. Whoever has to
//! understand an entry refuses them and says so (`audit verify`: `entry.unknown_kind`, or
//! `entry.member` for `v`; `audit replay` stops, or counts the record as one that it cannot decide);
//! a snapshot's loader reads the whole tenant again instead of what such an entry names; and whoever
//! only carries entries carries them as they are. `.ci/upgrade` runs two releases on one log.

mod check;
mod entry;
mod event;
mod events;
mod registry;
mod tally;

pub use check::{
    AskedGate, Basis, CallerRef, CheckDecidedV1, CheckInputs, CheckRefusedV1, CredentialRef,
    DecisionRecord, PresentedKind, Taken,
};
pub use entry::{Entry, EntryError, MAX_ENTRY_BYTES, envelope};
pub use event::Event;
pub use events::{
    ApiKeyCreatedV1, ApiKeyRevokedV1, ApiKeyRotatedV1, CapabilityMintedV1, CapabilityRevokedV1,
    CapabilityRootKeyCreatedV1, CapabilityRootKeyRetiredV1, GateArchivedV1, GateCreatedV1,
    GateKeypair, GateKeypairRetiredV1, GateKeypairRotatedV1, GateRestoredV1, GateSettings,
    GateUpdatedV1, KillSwitchEngagedV1, KillSwitchReleasedV1, LogKey, LogKeyRotatedV1,
    LogRegressionAcknowledgedV1, LostCheckpoint, OperatorCreatedV1, OperatorResumedV1,
    OperatorSuspendedV1, OperatorUpdatedV1, PlanLimits, RootKeyRotatedV1, SigningKeypair,
    TenantCreatedV1, TenantDataKeyRotatedV1, TenantDataKeyRotationStartedV1, TenantLimitsChangedV1,
    TenantReadV1, TenantResumedV1, TenantSuspendedV1, TenantUpdatedV1, TenantsListedV1,
};
pub use registry::{EventSchema, Stated, all_events};
pub use tally::{Counted, CountedCaller, Tally, TallyLine};
