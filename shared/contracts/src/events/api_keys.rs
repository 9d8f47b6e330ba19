//! API keys.

use chrono::{DateTime, Utc};
use gw_kernel::{ApiKeyId, GateId, OperatorId, ScopeSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

facts! {
    /// A key may be used.
    ApiKeyCreatedV1 {
        /// The key.
        key_id: ApiKeyId,
        /// What it is for.
        name: String,
        /// What it may do.
        scopes: ScopeSet,
        /// The gates it is limited to; every gate when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        gates: Option<Vec<GateId>>,
        /// Whose it is; a machine's own when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        operator_id: Option<OperatorId>,
        /// How many checks it may ask for in a minute; the installation's default when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        checks_per_minute: Option<u32>,
        /// When it ends by itself.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        expires_at: Option<DateTime<Utc>>,
        /// `active`.
        state: String,
    }
    /// A key is refused from now on.
    ApiKeyRevokedV1 {
        /// The key.
        key_id: ApiKeyId,
        /// `revoked`.
        state: String,
        /// When.
        revoked_at: DateTime<Utc>,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// A key has a new secret.
    ApiKeyRotatedV1 {
        /// The key.
        key_id: ApiKeyId,
        /// When.
        rotated_at: DateTime<Utc>,
        /// Until when the secret that was replaced is accepted; not at all when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        previous_until: Option<DateTime<Utc>>,
        /// What it may do.
        scopes: ScopeSet,
        /// The gates it is limited to; every gate when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        gates: Option<Vec<GateId>>,
        /// How many checks it may ask for in a minute; the installation's default when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        checks_per_minute: Option<u32>,
        /// When it ends by itself.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        expires_at: Option<DateTime<Utc>>,
        /// `active`.
        state: String,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
}

event!(ApiKeyCreatedV1, "api_key.created.v1", moves_epoch: true, subject: |e| e.key_id.to_string());
event!(ApiKeyRevokedV1, "api_key.revoked.v1", moves_epoch: true, subject: |e| e.key_id.to_string());
event!(ApiKeyRotatedV1, "api_key.rotated.v1", moves_epoch: true, subject: |e| e.key_id.to_string());
