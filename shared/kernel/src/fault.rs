/// What the caller can do about a failure; it decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// 400: the request itself cannot be read.
    Malformed,
    /// 401: who is calling is not known.
    Unauthenticated,
    /// 403: the caller is known, and may not.
    Forbidden,
    /// 404: no such thing in the caller's tenant.
    NotFound,
    /// 409: it collides with something that exists.
    Conflict,
    /// 410: it was there and has been archived.
    Gone,
    /// 412: it has changed since the caller read it.
    PreconditionFailed,
    /// 413: too many bytes.
    TooLarge,
    /// 415: not JSON.
    UnsupportedMediaType,
    /// 422: readable, and not acceptable.
    Unprocessable,
    /// 428: the caller must say which version it changes.
    PreconditionRequired,
    /// 429: over the caller's own limit.
    TooManyRequests,
    /// 503: a dependency is missing; trying again may help.
    Unavailable,
    /// 500: our fault. The text never leaves the process.
    Internal,
}

impl FaultKind {
    /// The HTTP status (RFC 9110 section 15).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Unprocessable => 422,
            Self::PreconditionRequired => 428,
            Self::TooManyRequests => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// An error that a caller can act on: a kind, a stable code, and (as `Display`) one sentence.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What the caller can do.
    fn kind(&self) -> FaultKind;

    /// The stable, dotted code: `gate.slug_taken`.
    fn code(&self) -> &'static str;

    /// The field at fault, as a JSON pointer (RFC 6901), where there is one.
    fn pointer(&self) -> Option<String> {
        None
    }
}
