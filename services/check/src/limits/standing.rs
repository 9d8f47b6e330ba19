use std::{fmt, fmt::Write as _, time::Duration};

use governor::Quota;
use http::{HeaderMap, HeaderName, HeaderValue};

/// How one limit stands after a request, as `RateLimit-Policy` and `RateLimit` say it
/// (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whose limit it is.
    pub(super) of: Of,
    /// So many requests.
    pub(super) quota: u32,
    /// In so many seconds.
    pub(super) window: u64,
    /// So many are left.
    pub(super) remaining: u32,
    /// In so many seconds there is one more.
    pub(super) reset: u32,
}

/// Whose limit it is; the policy's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A key's, or an agent's.
    Caller,
    /// The tenant's.
    Tenant,
}

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

impl Standing {
    pub(super) fn new(of: Of, quota: Quota, remaining: u32, wait: Duration) -> Self {
        let burst = quota.burst_size().get();
        let window = quota.burst_size_replenished_in().as_secs().max(1);
        let reset = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let reset = u32::try_from(reset.max(1)).unwrap_or(u32::MAX);
        Self { of, quota: burst, window, remaining, reset }
    }

    /// Whether it is the same limit's.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.of == other.of
    }

    /// Says how these limits stand.
    pub(crate) fn state(headers: &mut HeaderMap, all: &[Self]) {
        let (mut policy, mut limit) = (String::new(), String::new());
        for one in all {
            let between = if policy.is_empty() { "" } else { ", " };
            let Self { of, quota, window, remaining, reset } = one;
            // Writing to a text does not fail.
            let _ = write!(policy, "{between}\"{of}\";q={quota};w={window}");
            let _ = write!(limit, "{between}\"{of}\";r={remaining};t={reset}");
        }
        for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let (false, Ok(value)) = (text.is_empty(), HeaderValue::try_from(text)) {
                headers.insert(name, value);
            }
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "caller",
            Self::Tenant => "tenant",
        })
    }
}
