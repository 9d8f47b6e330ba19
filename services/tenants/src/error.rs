use gw_db::DbError;
use gw_kernel::{Fault, FaultKind, GateId, Scope};

/// Why a tenant, an operator or a key could not be read or changed.
///
/// What is not there is not repeated: the answer for somebody else's id is that for nobody's.
#[derive(Debug, thiserror::Error)]
pub enum TenantsError {
    /// No tenant has this id or name, or it is somebody else's.
    #[error("there is no such tenant")]
    TenantNotFound,
    /// Tenants' names are unique.
    #[error("another tenant is called `{0}`")]
    AliasTaken(String),
    /// Suspending the platform would refuse the keys that could resume it.
    #[error("the platform's own tenant cannot be changed or suspended")]
    PlatformTenant,
    /// The gate that the tenant's default should become does not exist.
    #[error("there is no such gate to be the default")]
    DefaultGateUnknown,
    /// An archived gate decides nothing.
    #[error("the gate {0} is archived, and decides nothing: restore it first")]
    DefaultGateArchived(GateId),
    /// Two operators of a tenant do not share a mailbox.
    #[error("another operator has the mail address `{0}`")]
    MailTaken(String),
    /// No operator has this id in the caller's tenant.
    #[error("there is no such operator")]
    OperatorNotFound,
    /// An operator without a role could do nothing.
    #[error("an operator has at least one role")]
    NoRoles,
    /// A role holds a scope that whoever gives it lacks.
    #[error("you cannot give a role that grants `{0}`, which you do not have")]
    RoleExceeds(Scope),
    /// The operator may do something that whoever changes it may not.
    #[error("the operator may do `{0}`, which you may not")]
    OperatorExceeds(Scope),
    /// Nobody would be left who may do everything.
    #[error("the tenant's last active owner stays one; make somebody else an owner first")]
    LastOwner,
    /// A limit that cannot be kept.
    #[error("`{member}` is a number from {least} to {most}")]
    LimitOutOfRange {
        /// Which.
        member: &'static str,
        /// From here.
        least: u32,
        /// To here.
        most: u32,
    },
    /// The tenant has as many API keys as its plan allows.
    #[error("the tenant may have {0} API keys at a time, and has them")]
    KeysLimit(u32),
    /// The tenant has as many operators as its plan allows.
    #[error("the tenant may have {0} operators at a time, and has them")]
    OperatorsLimit(u32),
    /// No key has this id in the caller's tenant.
    #[error("there is no such API key")]
    KeyNotFound,
    /// A key in the list, at this place, does not exist.
    #[error("there is no such API key")]
    KeyUnknown(usize),
    /// No key is named, or too many are.
    #[error("name 1 to 1,000 keys in `keys`, or an operator in `operator_id`")]
    KeysCount,
    /// What was revoked or has expired does not come back.
    #[error("the API key is revoked or has expired; create another")]
    KeyEnded,
    /// Two rotations at once; this one lost, and its secret is not in use.
    #[error("the API key was rotated or revoked by somebody else just now")]
    KeyRotationRaced,
    /// A key without a scope could do nothing.
    #[error("an API key has at least one scope")]
    NoScopes,
    /// A scope that the creator, or the operator that the key is for, lacks.
    #[error("you cannot give `{0}`, which you, or the operator that the key is for, do not have")]
    ScopeExceeds(Scope),
    /// A scope that would reach past the tenant.
    #[error("`{0}` is for platform keys only")]
    PlatformScope(Scope),
    /// The caller's own key is limited to fewer gates.
    #[error(
        "your own key is limited to some gates; it reaches nothing that is not limited to those"
    )]
    GatesExceed,
    /// The list of gates is empty or too long.
    #[error("a key can be limited to 1 to 1,000 gates; leave `gates` out for all of them")]
    GatesCount,
    /// A gate in the list, at this place, does not exist.
    #[error("there is no such gate")]
    GateUnknown(usize),
    /// The key would be dead on arrival.
    #[error("`expires_at` is in the past")]
    ExpiresInPast,
    /// The operator that the key is for does not exist.
    #[error("there is no such operator")]
    OperatorUnknown,
    /// Everything is halted by those who run it.
    #[error("only a platform key engages or releases the global kill switch")]
    GlobalIsThePlatforms,
    /// Everything, and one tenant.
    #[error("the global kill switch is not one tenant's; leave the tenant out")]
    GlobalNamesTenant,
    /// A platform key names no tenant.
    #[error("a platform key names the tenant, in `tenant` or in `Gatewright-Tenant`")]
    TenantRequired,
    /// The tenant in the request is not the caller's.
    #[error("kill switches are engaged for one's own tenant alone")]
    AnotherTenant,
    /// The gate or the agent is not said.
    #[error("`value` names the gate or the agent")]
    KillSwitchValue,
    /// The scope says it all, and `value` says something else.
    #[error("`value` is for gates and agents; with `tenant` it can only repeat the tenant")]
    KillSwitchNoValue,
    /// No gate has this id or name, among those that the caller's key reaches.
    #[error("there is no such gate")]
    KillSwitchGateUnknown,
    /// The caller's key is limited to some gates, and this is about more.
    #[error("your key is limited to some gates; it engages and releases the switches of those")]
    KillSwitchExceeds,
    /// There is nothing to release.
    #[error("no such kill switch is engaged")]
    KillSwitchNotEngaged,
    /// A stored row is not what the schema promises.
    #[error("{0} is stored in a form that this release cannot read")]
    Unreadable(&'static str),
    /// Somebody else changed it first.
    #[error("it has changed since you read it; read it again")]
    PreconditionFailed,
    /// On the command line: the name is empty or too long.
    #[error("the name cannot be used: {0}")]
    BadName(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for TenantsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Fault for TenantsError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::TenantNotFound
            | Self::KeyNotFound
            | Self::KeyUnknown(_)
            | Self::OperatorNotFound
            | Self::KillSwitchGateUnknown => FaultKind::NotFound,
            Self::AliasTaken(_)
            | Self::PlatformTenant
            | Self::DefaultGateArchived(_)
            | Self::MailTaken(_)
            | Self::LastOwner
            | Self::KeysLimit(_)
            | Self::OperatorsLimit(_)
            | Self::KeyEnded
            | Self::KeyRotationRaced
            | Self::KillSwitchNotEngaged => FaultKind::Conflict,
            Self::RoleExceeds(_)
            | Self::OperatorExceeds(_)
            | Self::ScopeExceeds(_)
            | Self::GatesExceed
            | Self::GlobalIsThePlatforms
            | Self::AnotherTenant
            | Self::KillSwitchExceeds => FaultKind::Forbidden,
            Self::DefaultGateUnknown
            | Self::NoRoles
            | Self::NoScopes
            | Self::PlatformScope(_)
            | Self::GatesCount
            | Self::KeysCount
            | Self::GateUnknown(_)
            | Self::ExpiresInPast
            | Self::OperatorUnknown
            | Self::GlobalNamesTenant
            | Self::KillSwitchNoValue => FaultKind::Unprocessable,
            Self::PreconditionFailed => FaultKind::PreconditionFailed,
            Self::LimitOutOfRange { .. }
            | Self::BadName(_)
            | Self::TenantRequired
            | Self::KillSwitchValue => FaultKind::Malformed,
            Self::Unreadable(_) => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TenantNotFound => "tenant.not_found",
            Self::AliasTaken(_) => "tenant.name_taken",
            Self::PlatformTenant => "tenant.is_platform",
            Self::DefaultGateUnknown => "tenant.gate_unknown",
            Self::DefaultGateArchived(_) => "tenant.gate_archived",
            Self::OperatorNotFound => "operator.not_found",
            Self::MailTaken(_) => "operator.mail_taken",
            Self::NoRoles => "operator.no_roles",
            Self::RoleExceeds(_) => "operator.role_exceeds",
            Self::OperatorExceeds(_) => "operator.exceeds",
            Self::LastOwner => "operator.last_owner",
            Self::LimitOutOfRange { .. } => "request.invalid_value",
            Self::KeysLimit(_) => "limit.api_keys",
            Self::OperatorsLimit(_) => "limit.operators",
            Self::KeyNotFound | Self::KeyUnknown(_) => "api_key.not_found",
            Self::KeysCount => "api_key.keys_count",
            Self::KeyEnded => "api_key.ended",
            Self::KeyRotationRaced => "api_key.rotation_raced",
            Self::NoScopes => "api_key.no_scopes",
            Self::ScopeExceeds(_) => "api_key.scope_exceeds",
            Self::PlatformScope(_) => "api_key.platform_scope",
            Self::GatesExceed => "api_key.gates_exceed",
            Self::GatesCount => "api_key.gates_count",
            Self::GateUnknown(_) => "api_key.gate_unknown",
            Self::ExpiresInPast => "api_key.expires_in_past",
            Self::OperatorUnknown => "api_key.operator_unknown",
            Self::GlobalIsThePlatforms | Self::KillSwitchExceeds => "caller.forbidden",
            Self::GlobalNamesTenant => "kill_switch.global_names_tenant",
            Self::TenantRequired => "request.tenant_required",
            Self::AnotherTenant => "kill_switch.another_tenant",
            Self::KillSwitchValue => "request.missing_member",
            Self::KillSwitchNoValue => "kill_switch.no_value",
            Self::KillSwitchGateUnknown => "gate.not_found",
            Self::KillSwitchNotEngaged => "kill_switch.not_engaged",
            Self::PreconditionFailed => "request.precondition_failed",
            Self::BadName(_) => "request.invalid_value",
            Self::Unreadable(_) => "internal.row",
            Self::Db(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::AliasTaken(_) => Some("/tenant_id".to_owned()),
            Self::DefaultGateUnknown | Self::DefaultGateArchived(_) => {
                Some("/default_gate_id".to_owned())
            }
            Self::MailTaken(_) => Some("/mail".to_owned()),
            Self::NoRoles | Self::RoleExceeds(_) => Some("/roles".to_owned()),
            Self::NoScopes | Self::ScopeExceeds(_) | Self::PlatformScope(_) => {
                Some("/scopes".to_owned())
            }
            Self::GatesExceed | Self::GatesCount => Some("/gates".to_owned()),
            Self::KeyUnknown(index) => Some(format!("/keys/{index}")),
            Self::KeysCount => Some("/keys".to_owned()),
            Self::GateUnknown(index) => Some(format!("/gates/{index}")),
            Self::LimitOutOfRange { member, .. } => Some(format!("/{member}")),
            Self::ExpiresInPast => Some("/expires_at".to_owned()),
            Self::OperatorUnknown => Some("/operator_id".to_owned()),
            Self::GlobalNamesTenant | Self::TenantRequired | Self::AnotherTenant => {
                Some("/tenant".to_owned())
            }
            Self::KillSwitchValue | Self::KillSwitchNoValue | Self::KillSwitchGateUnknown => {
                Some("/value".to_owned())
            }
            _ => None,
        }
    }
}
