use gw_credentials::CredentialError;
use gw_kernel::{Fault, FaultKind};

use super::ReadError;

/// Why it cannot be said what would be decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExplainError {
    /// The log does not know whom it would be about.
    #[error("the log knows no capability of this id or agent")]
    UnknownPrincipal,
    /// The supposed caveats are none.
    #[error("the caveats cannot be those of a capability: {0}")]
    Caveats(CredentialError),
    /// The log's word on a capability cannot be read.
    #[error("the log's word on the capability cannot be read: {0}")]
    Unreadable(CredentialError),
    /// Something could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<gw_db::DbError> for ExplainError {
    fn from(error: gw_db::DbError) -> Self {
        ReadError::Db(error).into()
    }
}

impl Fault for ExplainError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownPrincipal => FaultKind::NotFound,
            Self::Caveats(_) => FaultKind::Malformed,
            Self::Unreadable(_) => FaultKind::Internal,
            Self::Read(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownPrincipal => "principal.unknown",
            Self::Caveats(_) => "request.invalid_value",
            Self::Unreadable(_) => "log.broken",
            Self::Read(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        matches!(self, Self::Caveats(_)).then(|| "/principal/caveats".to_owned())
    }
}
