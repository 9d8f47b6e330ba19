//! What a tenant, an operator and an API key are. No SQL, no HTTP, no async.

mod api_key;
mod checks_per_minute;
mod kill_switch;
mod limits;
mod lost_checkpoint;
mod operator;
mod rotation;
mod secrets;
mod tenant;

pub(crate) use api_key::{
    ApiKey, Creator, KeyKind, KeyOwner, KeyState, MAX_GATES, check_gates, check_grant, check_scopes,
};
pub(crate) use checks_per_minute::ChecksPerMinute;
pub(crate) use kill_switch::{KillScope, KillState, KillSwitch, Release, Target};
pub use limits::Limits;
pub(crate) use limits::{Counted, TenantLimits};
pub(crate) use lost_checkpoint::KnownCheckpoint;
pub(crate) use operator::{
    Mail, NewOperator, Operator, OperatorState, check_administers, check_roles,
};
pub use rotation::{Resealed, Rotation};
pub(crate) use secrets::{
    NewLogKey, NewSecrets, arguments_key_place, log_key_place, new_id, random,
};
pub(crate) use tenant::{ListedTenant, Tenant, TenantAlias, TenantRef, TenantState};

/// What people call something: 1 to 200 bytes.
pub(crate) type Name = gw_kernel::Text<1, 200>;

/// Why something was done, in the operator's words.
pub(crate) type ReasonText = gw_kernel::Text<1, 1000>;
