use gw_credentials::CredentialError;
use gw_kernel::{Fault, FaultKind, GateId, Scope};

use crate::GateRef;

/// Why no decision could be asked for. Nothing is recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key is unknown, expired or revoked, or its secret is wrong: all look the same.
    #[error("the API key is not known")]
    CallerUnknown,
    /// The caller asks for itself, and presents no capability.
    #[error("{0}")]
    AgentUnknown(&'static str),
    /// The caller asks for itself, and its capability is not one that this tenant made.
    #[error(transparent)]
    CapabilityNotOurs(#[from] CredentialError),
    /// The key may not ask for decisions.
    #[error("the API key lacks the scope `{0}`")]
    ScopeMissing(Scope),
    /// The key is limited to other gates.
    #[error("the API key may not use this gate")]
    GateForbidden,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    TenantSuspended,
    /// The operator that the key belongs to is suspended.
    #[error("the operator is suspended")]
    OperatorSuspended,
    /// The tenant has no such gate.
    #[error("there is no such gate")]
    NoSuchGate(GateRef),
    /// The gate answers no checks any more.
    #[error("the gate {0} is archived")]
    GateArchived(GateId),
}

impl Refusal {
    /// The scope that would have been needed, where that is what is missing.
    #[must_use]
    pub const fn required_scope(&self) -> Option<Scope> {
        match self {
            Self::ScopeMissing(scope) => Some(*scope),
            _ => None,
        }
    }
}

impl Fault for Refusal {
    fn kind(&self) -> FaultKind {
        match self {
            Self::CallerUnknown | Self::AgentUnknown(_) | Self::CapabilityNotOurs(_) => {
                FaultKind::Unauthenticated
            }
            Self::ScopeMissing(_)
            | Self::GateForbidden
            | Self::TenantSuspended
            | Self::OperatorSuspended => FaultKind::Forbidden,
            Self::NoSuchGate(_) => FaultKind::NotFound,
            Self::GateArchived(_) => FaultKind::Gone,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CallerUnknown => "caller.unknown",
            Self::AgentUnknown(_) => "credential.missing",
            Self::CapabilityNotOurs(error) => error.code(),
            Self::ScopeMissing(_) | Self::GateForbidden => "caller.forbidden",
            Self::TenantSuspended => "tenant.suspended",
            Self::OperatorSuspended => "operator.suspended",
            Self::NoSuchGate(_) => "gate.not_found",
            Self::GateArchived(_) => "gate.archived",
        }
    }
}
