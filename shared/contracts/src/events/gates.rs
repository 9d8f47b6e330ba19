//! Gates and their key pairs.

use chrono::{DateTime, Utc};
use gw_kernel::{GateId, KeypairId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

facts! {
    /// The public half of a gate's key pair.
    GateKeypair {
        /// The key pair.
        key_id: KeypairId,
        /// `active`, `retiring` or `retired`.
        state: String,
        /// The Ed25519 public key (RFC 8032), base64.
        public_key: String,
    }
    /// The public half of a gate's key pair, and the positions of the tenant's log it may sign.
    SigningKeypair {
        /// The key pair.
        key_id: KeypairId,
        /// `active`, `retiring` or `retired`.
        state: String,
        /// The Ed25519 public key (RFC 8032), base64.
        public_key: String,
        /// The first position that it may sign.
        signs_from: i64,
        /// The first position that it may not sign any more; absent while it signs.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        signs_until: Option<i64>,
        /// Until when it counts as retiring, where it was replaced.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        retires_at: Option<DateTime<Utc>>,
    }
    /// A gate signs with a new key pair: every position from the one after this entry on.
    GateKeypairRotatedV1 {
        /// The gate.
        gate_id: GateId,
        /// What signs now.
        active: SigningKeypair,
        /// What signed before, and does not any more.
        previous: SigningKeypair,
    }
    /// A key pair that was replaced does not count as retiring any more.
    GateKeypairRetiredV1 {
        /// The gate.
        gate_id: GateId,
        /// The key pair.
        keypair: SigningKeypair,
    }
    /// A gate answers checks, and signs with a key pair of its own.
    GateCreatedV1 {
        /// The gate.
        gate_id: GateId,
        /// The name that is accepted in place of its id, if it was given one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        slug: Option<String>,
        /// What people call it.
        name: String,
        /// What it protects.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        description: Option<String>,
        /// `L1`, `L2` or `L3`.
        security_profile: String,
        /// `enforce` or `observe`.
        mode: String,
        /// `each` or `batch`.
        signing: String,
        /// Whether it may be found by strangers.
        is_discoverable: bool,
        /// `active`.
        state: String,
        /// Its key pairs.
        keypairs: Vec<GateKeypair>,
    }
    /// Everything that is set of a gate.
    GateSettings {
        /// The gate.
        gate_id: GateId,
        /// The name that is accepted in place of its id, if it was given one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        slug: Option<String>,
        /// What people call it.
        name: String,
        /// What it protects.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        description: Option<String>,
        /// `L1`, `L2` or `L3`.
        security_profile: String,
        /// `enforce` or `observe`.
        mode: String,
        /// `each` or `batch`.
        signing: String,
        /// Whether it may be found by strangers.
        is_discoverable: bool,
        /// `active` or `archived`.
        state: String,
    }
    /// A gate was changed: every decision behind this entry is made by what it is now.
    GateUpdatedV1 {
        /// What it is now.
        #[serde(flatten)]
        gate: GateSettings,
    }
    /// A gate answers no checks any more. Its key pairs stay what they are, and stay published.
    GateArchivedV1 {
        /// What it is now.
        #[serde(flatten)]
        gate: GateSettings,
        /// When.
        archived_at: DateTime<Utc>,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// A gate that was archived answers checks again.
    GateRestoredV1 {
        /// What it is now.
        #[serde(flatten)]
        gate: GateSettings,
        /// When.
        restored_at: DateTime<Utc>,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
}

event!(GateKeypairRotatedV1, "gate.keypair_rotated.v1", moves_epoch: true, subject: |e| e.gate_id.to_string(), gate: |e| Some(e.gate_id));
event!(GateKeypairRetiredV1, "gate.keypair_retired.v1", moves_epoch: false, subject: |e| e.gate_id.to_string(), gate: |e| Some(e.gate_id));
event!(GateCreatedV1, "gate.created.v1", moves_epoch: true, subject: |e| e.gate_id.to_string(), gate: |e| Some(e.gate_id));
event!(GateUpdatedV1, "gate.updated.v1", moves_epoch: true, subject: |e| e.gate.gate_id.to_string(), gate: |e| Some(e.gate.gate_id));
event!(GateArchivedV1, "gate.archived.v1", moves_epoch: true, subject: |e| e.gate.gate_id.to_string(), gate: |e| Some(e.gate.gate_id));
event!(GateRestoredV1, "gate.restored.v1", moves_epoch: true, subject: |e| e.gate.gate_id.to_string(), gate: |e| Some(e.gate.gate_id));
