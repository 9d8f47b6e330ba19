//! Capabilities, and the root keys behind them.

use chrono::{DateTime, Utc};
use gw_kernel::{Epoch, RevocationId, RootKeyId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

facts! {
    /// A capability was minted; its bearer's token is not here.
    CapabilityMintedV1 {
        /// The token's id.
        jti: String,
        /// The agent.
        subject: String,
        /// The issuer's name in the token.
        issuer: String,
        /// The zone.
        zone: String,
        /// The root key of its HMAC.
        kid: RootKeyId,
        /// When it ends, if it does.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        expires_at: Option<DateTime<Utc>>,
        /// The epoch that its statement says.
        minted_at: Epoch,
        /// When a person confirmed it, in Unix seconds, where its statement says so.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        step_up_at: Option<i64>,
        /// The caveats, verbatim.
        caveats: Vec<String>,
    }
    /// Capabilities are refused from now on, with everything attenuated from them.
    CapabilityRevokedV1 {
        /// This revocation.
        revocation_id: RevocationId,
        /// By the tokens' ids.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        jtis: Vec<String>,
        /// By the ids of the roots of their chains.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        root_jtis: Vec<String>,
        /// By hop ids: every chain that passes through one.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        hop_ids: Vec<String>,
        /// By agents: what was minted for them at `until_epoch` or before.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        subjects: Vec<String>,
        /// The epoch of the last mints for `subjects` that are refused.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until_epoch: Option<Epoch>,
        /// When.
        revoked_at: DateTime<Utc>,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// The tenant's capabilities are made under this key from now on.
    CapabilityRootKeyCreatedV1 {
        /// The key's id: `kid` in the token.
        kid: RootKeyId,
        /// `active`.
        state: String,
        /// The Ed25519 public key (RFC 8032) of its statements, base64.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        statement_key: Option<String>,
    }
    /// Nothing new is made under a root key any more.
    CapabilityRootKeyRetiredV1 {
        /// The key's id.
        kid: RootKeyId,
        /// `retiring` or `retired`.
        state: String,
        /// From when on nothing of it is accepted.
        accepted_until: DateTime<Utc>,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
}

event!(CapabilityMintedV1, "capability.minted.v1", moves_epoch: false, subject: |e| e.jti.clone());
event!(CapabilityRevokedV1, "capability.revoked.v1", moves_epoch: true, subject: |e| e.revocation_id.to_string());
event!(CapabilityRootKeyCreatedV1, "capability.root_key_created.v1", moves_epoch: true, subject: |e| e.kid.to_string());
event!(CapabilityRootKeyRetiredV1, "capability.root_key_retired.v1", moves_epoch: true, subject: |e| e.kid.to_string());
