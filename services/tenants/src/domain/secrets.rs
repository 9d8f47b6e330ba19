use chrono::{DateTime, Utc};
use gw_crypto::{
    keys::SigningKey,
    note::VerifierKey,
    seal::{DataKey, RootKey},
};
use gw_kernel::{Id, IdKind, LogKeyId, TenantId};
use rand::Rng;
use zeroize::Zeroizing;

/// What a new tenant keeps secret, sealed: its data key under the root key, its log key under that.
pub(crate) struct NewSecrets {
    pub(crate) data_key_sealed: Vec<u8>,
    pub(crate) log_key: LogKeyId,
    pub(crate) log_key_sealed: Vec<u8>,
    pub(crate) log_public_key: [u8; 32],
    /// The log's origin (C2SP tlog-checkpoint); it never changes.
    pub(crate) log_origin: String,
    /// The log's public key as a C2SP signed-note verifier key.
    pub(crate) log_vkey: String,
}

impl NewSecrets {
    pub(crate) fn generate(
        tenant: TenantId,
        issuer_host: &str,
        root: &RootKey,
        now: DateTime<Utc>,
        rng: &mut impl Rng,
    ) -> Self {
        let data_key_bytes = Zeroizing::new(random::<32>(rng));
        let data_key_sealed =
            root.seal(random(rng), &format!("tenant:{tenant}:data"), &*data_key_bytes);

        let log_key: LogKeyId = new_id(now, rng);
        let seed = Zeroizing::new(random::<32>(rng));
        let public = SigningKey::from_seed(*seed).public();
        let log_key_sealed = DataKey::from_bytes(*data_key_bytes).seal(
            random(rng),
            &format!("tenant:{tenant}:log:{log_key}"),
            &*seed,
        );

        let log_origin = format!("{issuer_host}/log/{tenant}");
        let log_public_key = *public.as_bytes();
        let log_vkey = VerifierKey::new(log_origin.clone(), public).to_string();
        Self { data_key_sealed, log_key, log_key_sealed, log_public_key, log_origin, log_vkey }
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>(rng: &mut impl Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A new id of this moment.
pub(crate) fn new_id<K: IdKind>(now: DateTime<Utc>, rng: &mut impl Rng) -> Id<K> {
    Id::at(now, random(rng))
}
