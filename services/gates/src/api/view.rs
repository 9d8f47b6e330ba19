use chrono::{DateTime, Utc};
use gw_kernel::{Author, GateId, KeypairId, rfc3339};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::{Gate, GateState, Keypair, KeypairState, Mode, SecurityProfile, Signing};

/// A gate, with every spelling that clients read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gate)]
pub(super) struct GateView {
    /// The name if it has one, else the id. Both are accepted in paths.
    gate_id: String,
    /// The id, always.
    id: GateId,
    /// What people call it.
    name: String,
    /// What it protects.
    description: Option<String>,
    /// How strong a credential must be.
    security_profile: SecurityProfile,
    /// The same as `security_profile`.
    profile: SecurityProfile,
    /// The same as `security_profile`.
    trust_level: SecurityProfile,
    /// Where it answers.
    gate_url: String,
    /// Empty: constraints are not enforced yet.
    constraints: Map<String, Value>,
    /// The Ed25519 public key (RFC 8032) that it signs with, base64.
    public_key: String,
    /// Whether strangers may find it.
    is_discoverable: bool,
    /// False: self-issued credentials are not accepted yet.
    allow_self_issued: bool,
    /// Zero: it has no catalog yet.
    current_catalog_version: u32,
    /// `active` or `archived`.
    status: GateState,
    /// The same as `status`.
    state: GateState,
    /// Since when it is archived (RFC 3339); null while it is active.
    archived_at: Option<String>,
    /// What it does with a decision to block.
    mode: Mode,
    /// What its key signs.
    signing: Signing,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Who made it.
    created_by: Author,
}

impl GateView {
    /// Shapes a gate that is reached under this base URL.
    pub(super) fn new(gate: Gate, base_url: &str) -> Self {
        Self {
            gate_id: gate.public_id(),
            id: gate.id,
            name: gate.name,
            description: gate.description,
            security_profile: gate.profile,
            profile: gate.profile,
            trust_level: gate.profile,
            gate_url: format!("{base_url}/v1/gates/{}", gate.id),
            constraints: Map::new(),
            public_key: gate.keypair.public_key.to_base64(),
            is_discoverable: gate.is_discoverable,
            allow_self_issued: false,
            current_catalog_version: 0,
            status: gate.state,
            state: gate.state,
            archived_at: gate.archived_at.map(rfc3339),
            mode: gate.mode,
            signing: gate.signing,
            created_at: rfc3339(gate.created_at),
            updated_at: rfc3339(gate.updated_at),
            created_by: gate.created_by,
        }
    }
}

/// A gate's key pair; the private half is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Keypair)]
pub(super) struct KeypairView {
    /// Its id: `kid` in the JWKS.
    key_id: KeypairId,
    /// Whether it signs.
    state: KeypairState,
    /// The Ed25519 public key (RFC 8032), base64.
    public_key: String,
    /// When it was made (RFC 3339).
    created_at: String,
    /// The first position of the tenant's log that it may sign.
    signs_from: i64,
    /// The first position that it may not sign any more; null while it signs.
    signs_until: Option<i64>,
    /// Until when it counts as retiring (RFC 3339); null while it signs.
    retires_at: Option<String>,
}

impl KeypairView {
    /// The key pair as it is at this moment.
    pub(super) fn at(now: DateTime<Utc>, keypair: &Keypair) -> Self {
        Self {
            key_id: keypair.id,
            state: keypair.state_at(now),
            public_key: keypair.public_key.to_base64(),
            created_at: rfc3339(keypair.created_at),
            signs_from: keypair.signs_from,
            signs_until: keypair.signs_until,
            retires_at: keypair.retires_at.map(rfc3339),
        }
    }
}
