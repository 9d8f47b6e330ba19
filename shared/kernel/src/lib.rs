//! The words every crate shares: ids, time, faults, pages, scopes and globs. No I/O.
//!
//! Nothing here knows what a gate or a tenant *does*; it knows only how they are named, how a
//! moment is written, how a failure is classified, and how a list is paged. Time and chance are
//! arguments everywhere: [`Clock`] is the one place that reads the machine's clock.

mod base32;
mod clock;
mod epoch;
mod fault;
mod glob;
mod id;
mod identity;
mod overlap;
mod page;
mod role;
mod scope;
mod text;

pub use base32::{Base32Error, decode as base32_decode, encode as base32_encode};
pub use clock::{Clock, FixedClock, SystemClock, rfc3339};
pub use epoch::Epoch;
pub use fault::{Fault, FaultKind};
pub use glob::{glob_matches, is_glob};
pub use id::{
    ApiKeyId, ApprovalId, AttestationId, DecisionId, EventId, GateId, Id, IdError, IdKind,
    KeypairId, KillSwitchId, LogKeyId, OperatorId, RevocationId, RootKeyId, TenantId,
};
pub use identity::{Actor, ActorKind, Author, Identity};
pub use overlap::{Overlap, OverlapError};
pub use page::{Count, Cursor, CursorError, ListTag, Page, PageRequest};
pub use role::Role;
pub use scope::{Scope, ScopeSet, UnknownScope};
pub use text::{Text, TextError};
