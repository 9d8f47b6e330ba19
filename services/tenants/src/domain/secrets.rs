use chrono::{DateTime, Utc};
use gw_crypto::{
    keys::{PublicKey, SigningKey},
    note::VerifierKey,
    seal::DataKey,
};
use gw_kernel::{Id, IdKind, LogKeyId, TenantId};
use rand::Rng;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a new tenant keeps secret: its data key, and its log key sealed under that.
pub(crate) struct NewSecrets {
    pub(crate) data_key_bytes: Zeroizing<[u8; 32]>,
    pub(crate) log_key: NewLogKey,
}

/// A new key for a tenant's log; the private half is sealed.
pub(crate) struct NewLogKey {
    pub(crate) id: LogKeyId,
    /// The log's origin (C2SP tlog-checkpoint); it never changes.
    pub(crate) origin: String,
    pub(crate) public: PublicKey,
    /// The public key as a C2SP signed-note verifier key.
    pub(crate) vkey: String,
    pub(crate) sealed: Vec<u8>,
}

impl NewSecrets {
    pub(crate) fn generate(
        tenant: TenantId,
        issuer_host: &str,
        now: DateTime<Utc>,
        rng: &mut impl Rng,
    ) -> Self {
        let data_key_bytes = Zeroizing::new(random::<32>(rng));
        let origin = format!("{issuer_host}/log/{tenant}");
        let data_key = DataKey::from_bytes(*data_key_bytes);
        let log_key = NewLogKey::generate(tenant, &origin, &data_key, now, rng);
        Self { data_key_bytes, log_key }
    }
}

impl NewLogKey {
    /// A key under an origin that no other log bears, of this or of another history.
    pub(crate) fn with_own_origin(
        tenant: TenantId,
        issuer_host: &str,
        data_key: &DataKey,
        now: DateTime<Utc>,
        rng: &mut impl Rng,
    ) -> Self {
        let history = hex(&random::<8>(rng));
        let origin = format!("{issuer_host}/log/{tenant}/{history}");
        Self::generate(tenant, &origin, data_key, now, rng)
    }

    pub(crate) fn generate(
        tenant: TenantId,
        origin: &str,
        data_key: &DataKey,
        now: DateTime<Utc>,
        rng: &mut impl Rng,
    ) -> Self {
        let id: LogKeyId = new_id(now, rng);
        let seed = Zeroizing::new(random::<32>(rng));
        let public = SigningKey::from_seed(*seed).public();
        let sealed = data_key.seal(random(rng), &log_key_place(tenant, id.uuid()), &*seed);
        let vkey = VerifierKey::new(origin.to_owned(), public).to_string();
        Self { id, origin: origin.to_owned(), public, vkey, sealed }
    }
}

/// What a log's key is bound to where it is sealed.
pub(crate) fn log_key_place(tenant: TenantId, id: Uuid) -> String {
    format!("tenant:{tenant}:log:{}", LogKeyId::from_uuid(id))
}

/// What the key that authenticates arguments is bound to where it is sealed.
pub(crate) fn arguments_key_place(tenant: TenantId, _: Uuid) -> String {
    format!("tenant:{tenant}:arguments")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
