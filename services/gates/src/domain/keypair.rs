use chrono::{DateTime, Utc};
use gw_crypto::{
    keys::{PublicKey, SigningKey},
    seal::DataKey,
};
use gw_kernel::{GateId, KeypairId, TenantId};
use zeroize::Zeroizing;

/// An Ed25519 key pair (RFC 8032) that a gate signs with. The private half is sealed, always.
#[derive(Debug, Clone)]
pub(crate) struct Keypair {
    pub(crate) id: KeypairId,
    pub(crate) gate: GateId,
    pub(crate) state: KeypairState,
    pub(crate) public_key: PublicKey,
    /// The first position of the tenant's log that it may sign.
    pub(crate) signs_from: i64,
    /// The first position that it may not sign any more.
    pub(crate) signs_until: Option<i64>,
    pub(crate) created_at: DateTime<Utc>,
}

words! {
    /// Whether a key pair signs.
    KeypairState {
        /// It signs.
        Active => "active",
        /// Its successor signs; verifiers accept both.
        Retiring => "retiring",
        /// It signs no more. What it signed still verifies.
        Retired => "retired",
    }
}

/// The chance that a new key pair is made of. The seed is wiped when it goes out of use.
pub(crate) struct SigningSeed {
    pub(crate) seed: Zeroizing<[u8; 32]>,
    pub(crate) nonce: [u8; 12],
}

impl Keypair {
    /// A gate's first key pair, and its private half sealed under the tenant's data key.
    pub(crate) fn first(
        tenant: TenantId,
        gate: GateId,
        id: KeypairId,
        chance: &SigningSeed,
        data_key: &DataKey,
        now: DateTime<Utc>,
    ) -> (Self, Vec<u8>) {
        let public_key = SigningKey::from_seed(*chance.seed).public();
        let place = format!("tenant:{tenant}:gate-key:{id}");
        let sealed = data_key.seal(chance.nonce, &place, chance.seed.as_slice());
        let keypair = Self {
            id,
            gate,
            state: KeypairState::Active,
            public_key,
            signs_from: 0,
            signs_until: None,
            created_at: now,
        };
        (keypair, sealed)
    }
}
