use std::{collections::BTreeSet, fmt, num::NonZeroU32, sync::Arc};

use chrono::{DateTime, Utc};
use gw_crypto::keys::PublicKey;
use gw_kernel::{Actor, ApiKeyId, Epoch, GateId, KeypairId, RootKeyId, ScopeSet, TenantId};
use zeroize::Zeroizing;

use crate::{GateRef, KillSwitches, Revocations, words::words};

/// Everything that a tenant's checks are decided from, as it was at one epoch.
///
/// Cloning is cheap: the collections share their structure, so a change costs what changed.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The tenant.
    pub tenant: TenantId,
    /// The log position after the last change that is in here.
    pub epoch: Epoch,
    /// The tenant's name.
    pub tenant_name: String,
    /// Whether the tenant's checks are answered.
    pub tenant_state: TenantState,
    /// The gate of paths that name none.
    pub default_gate: Option<GateId>,
    /// API keys; a revoked one may be here, marked, or missing.
    pub keys: imbl::HashMap<ApiKeyId, Arc<ApiKey>>,
    /// Gates, archived ones included.
    pub gates: imbl::HashMap<GateId, Arc<Gate>>,
    /// Gates by name.
    pub gate_names: imbl::HashMap<String, GateId>,
    /// The keys whose capabilities are accepted.
    pub root_keys: imbl::HashMap<RootKeyId, Arc<RootKeySecret>>,
    /// Capabilities that are refused.
    pub revocations: Revocations,
    /// What is halted.
    pub kill_switches: KillSwitches,
}

impl Snapshot {
    /// A tenant with nothing in it, at the beginning of its log. It is suspended until somebody
    /// says otherwise.
    #[must_use]
    pub fn empty(tenant: TenantId) -> Self {
        Self {
            tenant,
            epoch: Epoch::default(),
            tenant_name: String::new(),
            tenant_state: TenantState::Suspended,
            default_gate: None,
            keys: imbl::HashMap::new(),
            gates: imbl::HashMap::new(),
            gate_names: imbl::HashMap::new(),
            root_keys: imbl::HashMap::new(),
            revocations: Revocations::default(),
            kill_switches: KillSwitches::default(),
        }
    }

    /// The gate that a path means.
    #[must_use]
    pub fn gate(&self, wanted: &GateRef) -> Option<&Arc<Gate>> {
        let id = match wanted {
            GateRef::Id(id) => id,
            GateRef::Name(name) => self.gate_names.get(name)?,
            GateRef::Default => self.default_gate.as_ref()?,
        };
        self.gates.get(id)
    }

    /// Puts a gate in, in place of what it was.
    pub fn put_gate(&mut self, gate: Gate) {
        self.drop_gate(gate.id);
        if let Some(slug) = &gate.slug {
            self.gate_names.insert(slug.clone(), gate.id);
        }
        self.gates.insert(gate.id, Arc::new(gate));
    }

    /// Takes a gate out.
    pub fn drop_gate(&mut self, id: GateId) {
        if let Some(slug) = self.gates.remove(&id).and_then(|gate| gate.slug.clone()) {
            self.gate_names.remove(&slug);
        }
    }

    /// Says which gate paths mean that name none: the oldest that is not archived, until somebody
    /// chooses one. Call it when its gates are in.
    pub fn choose_default_gate(&mut self, chosen: Option<GateId>) {
        let active = self.gates.values().filter(|gate| !gate.archived);
        // Ids order by their time.
        let oldest = active.map(|gate| gate.id.uuid()).min().map(GateId::from_uuid);
        self.default_gate = chosen.or(oldest);
    }
}

words! {
    /// Whether a tenant's checks are answered.
    TenantState {
        /// They are.
        Active => "active",
        /// Every one is refused with `tenant.suspended`.
        Suspended => "suspended",
    }
}

/// An API key, as a check needs it.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// SHA-256 of its 32 secret bytes.
    pub secret_sha256: [u8; 32],
    /// The secret that a rotation replaced, where there was one.
    pub previous: Option<PreviousSecret>,
    /// What it may do: what it was given, as far as its operator's roles reach.
    pub scopes: ScopeSet,
    /// The only gates it may use; all of the tenant's when absent.
    pub gates: Option<BTreeSet<GateId>>,
    /// How many checks it may ask for in a minute; the installation's default when absent.
    pub checks_per_minute: Option<NonZeroU32>,
    /// Not accepted from this moment on.
    pub expires_at: Option<DateTime<Utc>>,
    /// Not accepted any more.
    pub revoked: bool,
    /// Not accepted while the operator that it belongs to is suspended.
    pub operator_suspended: bool,
    /// Who the record names.
    pub actor: Actor,
}

/// The secret that a key had before it was rotated.
#[derive(Debug, Clone)]
pub struct PreviousSecret {
    /// SHA-256 of its 32 bytes.
    pub sha256: [u8; 32],
    /// Not accepted from this moment on.
    pub until: DateTime<Utc>,
}

impl ApiKey {
    /// Whether this is the hash of a secret that the key has at this moment. Whether the key
    /// itself is accepted is another question.
    #[must_use]
    pub fn has_secret(&self, sha256: &[u8; 32], now: DateTime<Utc>) -> bool {
        let current = gw_crypto::constant_time_eq(&self.secret_sha256, sha256);
        let previous = self.previous.as_ref().is_some_and(|previous| {
            gw_crypto::constant_time_eq(&previous.sha256, sha256) && now < previous.until
        });
        current || previous
    }

    /// Whether this is the hash of a secret that the key has or had: who shows it is no stranger,
    /// and may still not be let in.
    #[must_use]
    pub fn had_secret(&self, sha256: &[u8; 32]) -> bool {
        let had = self.previous.as_ref().map(|previous| &previous.sha256);
        had.into_iter()
            .chain([&self.secret_sha256])
            .any(|kept| gw_crypto::constant_time_eq(kept, sha256))
    }
}

/// A gate, as a check needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its id.
    pub id: GateId,
    /// Its name, if it has one.
    pub slug: Option<String>,
    /// What it demands of credentials.
    pub profile: SecurityProfile,
    /// Whether its decisions bind.
    pub mode: Mode,
    /// How its records are signed.
    pub signing: Signing,
    /// It answers no checks any more.
    pub archived: bool,
    /// The key pair that signs now.
    pub key_id: KeypairId,
}

words! {
    /// What a gate demands of a credential.
    SecurityProfile {
        /// Self-issued credentials are accepted.
        L1 => "L1",
        /// Only trusted issuers.
        L2 => "L2",
        /// Also a fresh proof of possession.
        L3 => "L3",
    }
}

words! {
    /// Whether a gate's decisions bind.
    Mode {
        /// They do.
        Enforce => "enforce",
        /// They are recorded, and everything is allowed.
        Observe => "observe",
    }
}

words! {
    /// How a gate's records are signed.
    Signing {
        /// Each by its own signature.
        Each => "each",
        /// The gate's key co-signs the checkpoint instead.
        Batch => "batch",
    }
}

/// A tenant's key for the HMAC of its capabilities, and what checks their statements. Wiped from
/// memory when the last user drops it.
pub struct RootKeySecret {
    id: RootKeyId,
    key: Zeroizing<[u8; 32]>,
    statement_key: Option<PublicKey>,
    accepted_until: Option<DateTime<Utc>>,
}

impl RootKeySecret {
    /// Holds a key that was unsealed.
    #[must_use]
    pub fn new(id: RootKeyId, key: Zeroizing<[u8; 32]>) -> Self {
        Self { id, key, statement_key: None, accepted_until: None }
    }

    /// The public half of the key that signs statements beside it.
    #[must_use]
    pub const fn stating(mut self, key: Option<PublicKey>) -> Self {
        self.statement_key = key;
        self
    }

    /// The moment from which on nothing of this key is accepted: it was rotated away.
    #[must_use]
    pub const fn accepted_until(mut self, until: Option<DateTime<Utc>>) -> Self {
        self.accepted_until = until;
        self
    }

    /// The moment from which on nothing of it is accepted, if it was rotated away.
    #[must_use]
    pub const fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.accepted_until
    }

    /// Its id: a capability's `kid`.
    #[must_use]
    pub const fn id(&self) -> RootKeyId {
        self.id
    }

    pub(crate) fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The public half of the key that signs statements beside it.
    #[must_use]
    pub const fn statement_key(&self) -> Option<&PublicKey> {
        self.statement_key.as_ref()
    }

    /// Whether what it made is still accepted.
    pub(crate) fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.accepted_until.is_none_or(|until| now < until)
    }

    /// Whether both check the same tokens and statements.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.statement_key == other.statement_key
            && gw_crypto::constant_time_eq(self.key(), other.key())
    }
}

impl fmt::Debug for RootKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKeySecret({})", self.id)
    }
}
