use std::{fmt, num::NonZeroU32, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use gw_crypto::{
    keys::{PublicKey, SigningKey},
    seal::DataKey,
};
use gw_decision::{Revocations, Snapshot};
use gw_journal::{LogSigner, NoteSigner};
use gw_kernel::{GateId, KeypairId, RootKeyId};
use zeroize::Zeroizing;

/// A tenant as it was at one epoch: what decides, and the unsealed keys that sign.
///
/// Cloning is cheap. Keys are wiped when the last state that holds them goes.
#[derive(Clone)]
pub(crate) struct Loaded {
    /// What the pipeline decides from.
    pub(crate) snapshot: Snapshot,
    /// When it was read.
    pub(super) at: Instant,
    /// The newest acknowledgement of lost entries that it was loaded after, if there was one: it
    /// parts epochs that bear the same number.
    pub(crate) acknowledged: Option<DateTime<Utc>>,
    /// How many checks a second all of the tenant's callers may ask for together, here.
    pub(crate) checks_per_second: NonZeroU32,
    /// The key pair that each gate signs with now.
    pub(crate) signers: imbl::HashMap<GateId, Arc<GateSigner>>,
    /// Signs the log's checkpoints.
    pub(crate) log: Arc<LogSigner>,
    /// The first size of the log that this key signs.
    pub(crate) log_from: u64,
    /// Every key that has signed statements of capabilities, newest first.
    pub(crate) statement_keys: Arc<[(RootKeyId, PublicKey)]>,
    /// For the HMAC of arguments.
    pub(crate) arguments_key: Arc<Zeroizing<[u8; 32]>>,
    /// Opens what is sealed for this tenant.
    pub(super) data_key: Arc<DataKey>,
}

impl Loaded {
    /// How many keys, gates and revocations there are.
    pub(super) fn rows(&self) -> usize {
        let Snapshot { keys, gates, revocations, .. } = &self.snapshot;
        let Revocations { jtis, roots, hops, subjects } = revocations;
        keys.len() + gates.len() + jtis.len() + roots.len() + hops.len() + subjects.len()
    }
}

/// A gate's active key pair.
pub(crate) struct GateSigner {
    /// Which it is.
    pub(crate) key_id: KeypairId,
    /// Signs records.
    pub(crate) key: SigningKey,
    /// Its public half.
    pub(crate) public: PublicKey,
    /// Signs checkpoints, at a gate whose `signing` is `batch`.
    pub(crate) note: Option<Arc<NoteSigner>>,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loaded({} at {})", self.snapshot.tenant, self.snapshot.epoch)
    }
}
