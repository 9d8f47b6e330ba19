use chrono::{DateTime, Utc};
use gw_contracts::SigningKeypair;
use gw_crypto::{
    keys::{PublicKey, SigningKey},
    seal::DataKey,
};
use gw_kernel::{GateId, KeypairId, Overlap, TenantId};
use rand::Rng as _;
use uuid::Uuid;
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
    /// Until when it counts as retiring, where it was replaced.
    pub(crate) retires_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

words! {
    /// Whether a key pair signs.
    KeypairState {
        /// It signs.
        Active => "active",
        /// Its successor signs; whoever keeps a list of keys has until `retires_at` to take both in.
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

impl SigningSeed {
    /// Fresh chance.
    pub(crate) fn random() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(seed.as_mut_slice());
        Self { seed, nonce: rand::random() }
    }
}

/// What a private half is bound to where it is sealed.
pub(crate) fn keypair_place(tenant: TenantId, id: Uuid) -> String {
    format!("tenant:{tenant}:gate-key:{}", KeypairId::from_uuid(id))
}

impl Keypair {
    /// A new key pair that signs from this position on, and its private half sealed under the
    /// tenant's data key.
    pub(crate) fn generate(
        (tenant, gate, id): (TenantId, GateId, KeypairId),
        chance: &SigningSeed,
        data_key: &DataKey,
        signs_from: i64,
        now: DateTime<Utc>,
    ) -> (Self, Vec<u8>) {
        let public_key = SigningKey::from_seed(*chance.seed).public();
        let place = keypair_place(tenant, id.uuid());
        let sealed = data_key.seal(chance.nonce, &place, chance.seed.as_slice());
        let keypair = Self {
            id,
            gate,
            state: KeypairState::Active,
            public_key,
            signs_from,
            signs_until: None,
            retires_at: None,
            created_at: now,
        };
        (keypair, sealed)
    }

    /// Replaced: it signs nothing at this position or behind it.
    pub(crate) fn replace(&mut self, until: i64, overlap: Overlap, now: DateTime<Utc>) {
        self.signs_until = Some(until);
        self.retires_at = Some(overlap.ends_at(now));
        self.state = if overlap.is_none() { KeypairState::Retired } else { KeypairState::Retiring };
    }

    /// Its state at this moment: nobody has to wake up for the end of an overlap.
    pub(crate) fn state_at(&self, now: DateTime<Utc>) -> KeypairState {
        match (self.state, self.retires_at) {
            (KeypairState::Retiring, Some(end)) if end <= now => KeypairState::Retired,
            (state, _) => state,
        }
    }

    /// Everything that is public of it.
    pub(crate) fn fact(&self) -> SigningKeypair {
        SigningKeypair {
            key_id: self.id,
            state: self.state.as_str().to_owned(),
            public_key: self.public_key.to_base64(),
            signs_from: self.signs_from,
            signs_until: self.signs_until,
            retires_at: self.retires_at,
        }
    }
}
