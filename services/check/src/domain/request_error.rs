use std::sync::Arc;

use gw_crypto::strict::StrictJsonError;
use gw_kernel::{Fault, FaultKind};
use gw_web::IdempotencyKeyError;

/// Why no decision can be asked for with this request. Nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// Not JSON, says the content type.
    #[error("a check is JSON: send it as application/json")]
    MediaType,
    /// Not strict JSON.
    #[error(transparent)]
    Json(#[from] StrictJsonError),
    /// A member has a known name in other letters: two readers could see two requests.
    #[error("`{found}` is `{known}` in other letters")]
    CaseVariant {
        /// Where it is.
        pointer: String,
        /// What was written.
        found: String,
        /// What it looks like.
        known: &'static str,
    },
    /// A member is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A member is not what it must be.
    #[error("`{pointer}` must be {expected}")]
    Invalid {
        /// Where it is.
        pointer: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A member is longer than it may be.
    #[error("`{pointer}` may have {limit} bytes")]
    TooLong {
        /// Where it is.
        pointer: String,
        /// In bytes of UTF-8.
        limit: usize,
    },
    /// The header `Gatewright-Deadline-Ms` is not a number of milliseconds that is waited for.
    #[error("`Gatewright-Deadline-Ms` must be a whole number from 1 to 30000")]
    Deadline,
    /// Something that is not built yet: refused, never ignored.
    #[error("`{0}` is not supported yet")]
    NotSupported(&'static str),
    /// A header that asks for something that is not built yet: refused, never ignored.
    #[error("the header `{0}` is not supported yet")]
    HeaderNotSupported(&'static str),
    /// It names no usable idempotency key, though it asks for one.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyKeyError),
    /// The record could not be kept.
    #[error("the record of this check would be longer than 60000 bytes: shorten `context`")]
    RecordTooLarge,
    /// A list of checks without any.
    #[error("`checks` is empty: there is nothing to decide")]
    NoChecks,
    /// More checks than are asked together.
    #[error("`checks` may have {0} checks")]
    TooManyChecks(usize),
    /// More checks than the caller may ever ask at once.
    #[error("the caller may ask {0} checks at once")]
    MoreThanItMay(u32),
    /// More limits and keys than are taken together.
    #[error("the checks name more than {0} limits and keys: ask fewer of them together")]
    TooManyLimits(usize),
    /// What is recorded together is no dry run.
    #[error("checks that are asked together are recorded: ask a dry run alone")]
    DryRunInUnit,
    /// One of several checks that are asked together.
    #[error("check {place}: {error}")]
    InUnit {
        /// Its place in the list.
        place: usize,
        /// What is wrong with it.
        error: Arc<RequestError>,
    },
    /// A number that has no canonical form.
    #[error("`{0}` holds a number that cannot be recorded exactly")]
    NotCanonical(&'static str),
}

impl RequestError {
    pub(crate) fn invalid(pointer: impl Into<String>, expected: &'static str) -> Self {
        Self::Invalid { pointer: pointer.into(), expected }
    }

    /// The same of the check at this place of a list.
    pub(crate) fn within(self, place: usize) -> Self {
        Self::InUnit { place, error: Arc::new(self) }
    }
}

impl Fault for RequestError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::MediaType => FaultKind::UnsupportedMediaType,
            Self::InUnit { error, .. } => error.kind(),
            _ => FaultKind::Malformed,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MediaType => "request.unsupported_media_type",
            Self::Json(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::CaseVariant { .. } => "request.case_variant",
            Self::Missing(_) => "request.missing_member",
            Self::Invalid { .. } => "request.wrong_type",
            Self::NotCanonical(_) | Self::Deadline => "request.invalid_value",
            Self::TooLong { .. } => "request.too_long",
            Self::NotSupported(_) | Self::HeaderNotSupported(_) | Self::DryRunInUnit => {
                "request.not_supported"
            }
            Self::NoChecks => "checks.empty",
            Self::TooManyChecks(_) | Self::MoreThanItMay(_) => "checks.too_many",
            Self::TooManyLimits(_) => "checks.too_many_limits",
            Self::InUnit { error, .. } => error.code(),
            Self::RecordTooLarge => "request.record_too_large",
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::CaseVariant { pointer, .. }
            | Self::Invalid { pointer, .. }
            | Self::TooLong { pointer, .. } => Some(pointer.clone()),
            Self::NotSupported(member) | Self::NotCanonical(member) | Self::Missing(member) => {
                Some(format!("/{member}"))
            }
            Self::NoChecks | Self::TooManyChecks(_) | Self::MoreThanItMay(_) => {
                Some("/checks".to_owned())
            }
            Self::DryRunInUnit => Some("/dry_run".to_owned()),
            Self::InUnit { place, error } => {
                Some(format!("/checks/{place}{}", error.pointer().unwrap_or_default()))
            }
            _ => None,
        }
    }
}
