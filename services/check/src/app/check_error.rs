use gw_journal::{DecideError, SubmitError};
use gw_kernel::{Fault, FaultKind, Scope};

use super::{ReadError, Refused};
use crate::{
    domain::RequestError,
    limits::{NoRoom, RateLimited},
};

/// Why a check has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// It cannot be read.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A header that only the platform's staff may send, who ask no gates.
    #[error("`Gatewright-Tenant` is for platform keys")]
    TenantNamed,
    /// The caller asks more often than it may.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// It could not be decided, or not be recorded.
    #[error(transparent)]
    Journal(#[from] SubmitError<Refused>),
    /// It was decided before, and that decision could not be read.
    #[error(transparent)]
    Earlier(#[from] ReadError),
}

impl From<NoRoom> for CheckError {
    fn from(no_room: NoRoom) -> Self {
        match no_room {
            NoRoom::Now(limited) => limited.into(),
            NoRoom::Ever(most) => RequestError::MoreThanItMay(most).into(),
        }
    }
}

impl CheckError {
    /// The scope that the caller lacks, where that is the matter.
    pub(crate) fn required_scope(&self) -> Option<Scope> {
        match self {
            Self::Journal(SubmitError::Refused(refused)) => refused.required_scope(),
            _ => None,
        }
    }

    /// In how many seconds the caller may ask again, where it asked too often.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited(limited) => Some(limited.retry_after()),
            _ => None,
        }
    }
}

impl Fault for CheckError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::TenantNamed => FaultKind::Forbidden,
            Self::RateLimited(_) => FaultKind::TooManyRequests,
            Self::Journal(error) => error.kind(),
            Self::Earlier(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Request(error) => error.code(),
            Self::TenantNamed => "caller.forbidden",
            Self::RateLimited(limited) => limited.code(),
            Self::Journal(error) => error.code(),
            Self::Earlier(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Request(error) => error.pointer(),
            Self::Journal(SubmitError::Refused(refused)) => refused.pointer(),
            Self::Journal(_) | Self::Earlier(_) | Self::TenantNamed | Self::RateLimited(_) => None,
        }
    }
}

pub(super) fn undecided(error: DecideError<Refused>) -> SubmitError<Refused> {
    match error {
        DecideError::Refused(refused) => SubmitError::Refused(refused),
        DecideError::Stale => SubmitError::Stale,
    }
}
