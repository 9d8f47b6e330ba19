use std::{sync::Arc, time::Duration};

use gw_decision::{CapabilityToken, Presented, VerifiedCapability};
use moka::sync::Cache;

/// A capability that was not shown for this long is verified again.
const IDLE: Duration = Duration::from_secs(600);
/// What remembering one takes besides its text, in bytes.
const OVERHEAD: usize = 512;

/// Capabilities whose chains were followed, by their text's hash. What else it takes to believe
/// one, the pipeline looks at every time: its root key, revocations, the time.
pub(crate) struct Remembered(Cache<[u8; 32], Known>);

#[derive(Clone)]
struct Known {
    verified: Arc<VerifiedCapability>,
    weight: u32,
}

impl Remembered {
    /// About so much memory; anybody who may ask can show capabilities as long as he likes.
    pub(crate) fn new(mib: u64) -> Self {
        let cache = Cache::builder()
            .weigher(|_, known: &Known| known.weight)
            .max_capacity(mib.saturating_mul(1 << 20))
            .time_to_idle(IDLE);
        Self(cache.build())
    }

    /// Adds what is known of it, so that its chain is not followed again.
    pub(super) fn recall(&self, presented: Presented) -> Presented {
        match presented {
            Presented::Capability(token) => Presented::Capability(self.recall_token(token)),
            other => other,
        }
    }

    /// The same for a capability.
    pub(super) fn recall_token(&self, token: CapabilityToken) -> CapabilityToken {
        let known = self.0.get(token.sha256()).map(|known| known.verified);
        token.verified_before(known)
    }

    /// Keeps what was verified, unless it is what was known.
    pub(super) fn keep(&self, token: &CapabilityToken, verified: &Arc<VerifiedCapability>) {
        let known = self.0.get(token.sha256());
        if known.is_none_or(|known| !Arc::ptr_eq(&known.verified, verified)) {
            let weight = u32::try_from(token.bytes() + OVERHEAD).unwrap_or(u32::MAX);
            self.0.insert(*token.sha256(), Known { verified: Arc::clone(verified), weight });
        }
    }
}
