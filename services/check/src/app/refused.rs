use std::sync::Arc;

use gw_contracts::EntryError;
use gw_credentials::CredentialError;
use gw_decision::{PresentedCaller, Refusal};
use gw_kernel::{Fault, FaultKind, Scope};

use crate::domain::RequestError;

/// Why a check is not decided. Nothing is recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Refused {
    /// The caller may not ask this.
    #[error(transparent)]
    Caller(#[from] Refusal),
    /// Its record could not be kept.
    #[error(transparent)]
    Request(Arc<RequestError>),
}

impl Refused {
    /// The scope that the caller lacks, where that is the matter.
    pub(crate) fn required_scope(&self) -> Option<Scope> {
        match self {
            Self::Caller(refusal) => refusal.required_scope(),
            Self::Request(_) => None,
        }
    }

    /// The same of the check at this place of several that are asked together.
    pub(super) fn within(self, place: usize) -> Self {
        match self {
            Self::Request(error) => Self::Request(Arc::new(RequestError::InUnit { place, error })),
            caller @ Self::Caller(_) => caller,
        }
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        Self::Request(Arc::new(error))
    }
}

impl Fault for Refused {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Caller(refusal) => refusal.kind(),
            Self::Request(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Caller(refusal) => refusal.code(),
            Self::Request(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Caller(_) => None,
            Self::Request(error) => error.pointer(),
        }
    }
}

/// A tenant that is not there looks like a key that is not known, or like a forged capability.
pub(super) fn stranger(caller: &PresentedCaller) -> Refusal {
    match caller {
        PresentedCaller::Key(_) => Refusal::CallerUnknown,
        PresentedCaller::Agent => Refusal::CapabilityNotOurs(CredentialError::Signature),
    }
}

/// What stands in the way of a record, as its caller hears it.
pub(super) fn unrecordable(error: &EntryError) -> RequestError {
    match error {
        EntryError::NotCanonical => RequestError::NotCanonical("context"),
        EntryError::TooLarge(_) => RequestError::RecordTooLarge,
    }
}
