use std::collections::HashMap;

use gw_crypto::{
    keys::{PublicKey, SigningKey},
    note::VerifierKey,
    seal::DataKey,
};
use gw_kernel::{GateId, KeypairId, LogKeyId, TenantId};
use uuid::Uuid;

use super::{Finding, Problem};

/// A log key, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeyRow {
    /// Its id.
    pub key_id: Uuid,
    /// The log's origin.
    pub origin: String,
    /// The public half.
    pub public_key: Vec<u8>,
    /// The private half, under the tenant's data key.
    pub sealed: Vec<u8>,
}

/// A gate's key pair, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateKeyRow {
    /// Its id.
    pub key_id: Uuid,
    /// Whose it is.
    pub gate_id: Uuid,
    /// The public half.
    pub public_key: Vec<u8>,
    /// The private half, under the tenant's data key.
    pub sealed: Vec<u8>,
    /// The first position that it may sign.
    pub signs_from: i64,
    /// The first that it may not, if there is one.
    pub signs_until: Option<i64>,
}

/// The tenant's public keys, each borne out by its private half: whoever writes to the database
/// without the root key can put none of their own here.
#[derive(Debug, Default)]
pub struct Keyring {
    log: Vec<VerifierKey>,
    gates: HashMap<KeypairId, GateKey>,
}

#[derive(Debug)]
struct GateKey {
    gate: GateId,
    public: PublicKey,
    signs_from: i64,
    signs_until: Option<i64>,
    told: Option<Told>,
}

/// What the newest entry that names a gate's key pair says of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) gate: GateId,
    /// The public half, base64.
    pub(crate) public: String,
    pub(crate) retired: bool,
    pub(crate) signs_from: Option<i64>,
    pub(crate) signs_until: Option<i64>,
}

impl Keyring {
    /// Takes the tenant's keys, and opens the private half of each.
    ///
    /// # Errors
    /// [`Problem::ForeignKey`] when a public half is another one's; [`Problem::NoLog`] when there
    /// is no log key.
    pub fn open(
        tenant: TenantId,
        data_key: &DataKey,
        log: Vec<LogKeyRow>,
        gates: Vec<GateKeyRow>,
    ) -> Result<Self, Finding> {
        let mut ring = Self::default();
        for row in log {
            let id = LogKeyId::from_uuid(row.key_id);
            let aad = format!("tenant:{tenant}:log:{id}");
            let public = borne_out(data_key, &aad, &row.sealed, &row.public_key)
                .ok_or_else(|| Problem::ForeignKey(id.to_string()).anywhere())?;
            ring.log.push(VerifierKey::new(row.origin, public));
        }
        for row in gates {
            let id = KeypairId::from_uuid(row.key_id);
            let aad = format!("tenant:{tenant}:gate-key:{id}");
            let public = borne_out(data_key, &aad, &row.sealed, &row.public_key)
                .ok_or_else(|| Problem::ForeignKey(id.to_string()).anywhere())?;
            let key = GateKey {
                gate: GateId::from_uuid(row.gate_id),
                public,
                signs_from: row.signs_from,
                signs_until: row.signs_until,
                told: None,
            };
            ring.gates.insert(id, key);
        }
        if ring.log.is_empty() { Err(Problem::NoLog.anywhere()) } else { Ok(ring) }
    }

    /// The keys of the log, present and past.
    #[must_use]
    pub fn log(&self) -> &[VerifierKey] {
        &self.log
    }

    /// Demands that the log's key is one that was given from outside.
    ///
    /// # Errors
    /// [`Problem::OtherLogKey`].
    pub fn expect_log_key(&self, given: &VerifierKey) -> Result<(), Finding> {
        if self.log.contains(given) { Ok(()) } else { Err(Problem::OtherLogKey.anywhere()) }
    }

    /// An entry tells of a gate's key. Another tenant's, of which the platform's log tells, is
    /// nothing to this one.
    pub(crate) fn tell(&mut self, id: KeypairId, told: Told) {
        if let Some(key) = self.gates.get_mut(&id) {
            key.told = Some(told);
        }
    }

    /// The key of this gate, if log and table agree that it may sign at this position.
    pub(crate) fn signing(&self, id: KeypairId, gate: GateId, at: i64) -> Option<PublicKey> {
        let key = self.gates.get(&id)?;
        let told = key.told.as_ref().filter(|told| key.is(told) && !told.retired)?;
        let inside = |from: i64, until: Option<i64>| at >= from && until.is_none_or(|end| at < end);
        let may = inside(key.signs_from, key.signs_until)
            && inside(told.signs_from.unwrap_or_default(), told.signs_until);
        (key.gate == gate && may).then_some(key.public)
    }

    /// Every key of this gate that may sign at this position.
    pub(crate) fn signers(&self, gate: GateId, at: i64) -> Vec<PublicKey> {
        self.gates.keys().filter_map(|id| self.signing(*id, gate, at)).collect()
    }

    /// Demands that the log told of every key, what the table says of it.
    pub(crate) fn finish(&self) -> Result<(), Finding> {
        let untold = self.gates.iter().find(|(_, key)| {
            let told = key.told.as_ref().filter(|told| key.is(told));
            told.is_none_or(|told| !key.has_positions(told))
        });
        untold.map_or(Ok(()), |(id, _)| Err(Problem::UnknownKey(id.to_string()).anywhere()))
    }
}

impl GateKey {
    /// Whether this is the key that was told of.
    fn is(&self, told: &Told) -> bool {
        told.gate == self.gate && told.public == self.public.to_base64()
    }

    /// Whether it has the positions that were told, where they were.
    fn has_positions(&self, told: &Told) -> bool {
        told.signs_from.is_none_or(|from| from == self.signs_from)
            && told.signs_until == self.signs_until
    }
}

/// The public key, if it is that of the seed that is sealed beside it.
fn borne_out(data_key: &DataKey, aad: &str, sealed: &[u8], public: &[u8]) -> Option<PublicKey> {
    let seed = data_key.open(aad, sealed).ok()?;
    let computed = SigningKey::from_seed(seed.as_slice().try_into().ok()?).public();
    (computed.as_bytes() == public).then_some(computed)
}
