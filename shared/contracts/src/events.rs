//! The administrative facts. Moments are RFC 3339 text in UTC with microseconds; ids are text.

use chrono::{DateTime, Utc};
use gw_kernel::{
    ApiKeyId, Epoch, GateId, KeypairId, KillSwitchId, LogKeyId, OperatorId, RevocationId,
    RootKeyId, ScopeSet, TenantId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

macro_rules! event {
    ($name:ident, $kind:literal, moves_epoch: $moves:literal, subject: $subject:expr $(, gate: $gate:expr)?) => {
        impl Event for $name {
            const TYPE: &'static str = $kind;
            const MOVES_EPOCH: bool = $moves;
            fn subject(&self) -> String {
                let subject: fn(&Self) -> String = $subject;
                subject(self)
            }
            $(fn gate(&self) -> Option<GateId> {
                let gate: fn(&Self) -> Option<GateId> = $gate;
                gate(self)
            })?
        }
    };
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )*};
}

facts! {
    /// A tenant exists, and its log begins.
    TenantCreatedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// What people call it.
        name: String,
        /// The name that is accepted in place of its id, if it was given one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        alias: Option<String>,
        /// `active`.
        state: String,
        /// The log's origin (C2SP tlog-checkpoint).
        log_origin: String,
        /// The log's public key as a C2SP signed-note verifier key.
        log_vkey: String,
    }
    /// A tenant's secrets are sealed under a new data key from now on; those that are there are
    /// sealed anew, one after the other.
    TenantDataKeyRotationStartedV1 {
        /// The tenant.
        tenant_id: TenantId,
    }
    /// All of a tenant's secrets are sealed under the new data key, and the old one is gone.
    TenantDataKeyRotatedV1 {
        /// The tenant.
        tenant_id: TenantId,
    }
    /// Every tenant's data key is sealed under a new root key.
    RootKeyRotatedV1 {
        /// What tells the new key apart: 16 hexadecimal digits that say nothing else of it.
        fingerprint: String,
        /// What told the old one apart.
        previous_fingerprint: String,
        /// How many data keys there are.
        data_keys: u64,
    }
    /// A tenant's name or default gate changed.
    TenantUpdatedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// What people call it.
        name: String,
        /// The gate of paths that name none.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        default_gate_id: Option<GateId>,
        /// `active` or `suspended`.
        state: String,
    }
    /// A tenant's calls are refused from now on.
    TenantSuspendedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// `suspended`.
        state: String,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// A tenant's calls are decided again.
    TenantResumedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// `active`.
        state: String,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// Somebody with a platform key looked at the list of tenants.
    TenantsListedV1 {
        /// How many were shown.
        count: u64,
    }
    /// Somebody with a platform key looked at one tenant.
    TenantReadV1 {
        /// The tenant.
        tenant_id: TenantId,
    }
    /// A person may administer the tenant.
    OperatorCreatedV1 {
        /// The operator.
        operator_id: OperatorId,
        /// Their name.
        name: String,
        /// Their mail address.
        mail: String,
        /// Their roles.
        roles: Vec<String>,
    }
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
    /// Every check that this meets is blocked from now on, at every gate and in every mode.
    KillSwitchEngagedV1 {
        /// The switch.
        switch_id: KillSwitchId,
        /// The tenant; the platform's own where everything is halted.
        tenant_id: TenantId,
        /// `global`, `tenant`, `gate` or `agent`.
        scope: String,
        /// The gate, where it is one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        gate_id: Option<GateId>,
        /// The agent, where it is one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        agent_id: Option<String>,
        /// `engaged`.
        state: String,
        /// When.
        engaged_at: DateTime<Utc>,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// What this met is decided again.
    KillSwitchReleasedV1 {
        /// The switch.
        switch_id: KillSwitchId,
        /// The tenant; the platform's own where everything was halted.
        tenant_id: TenantId,
        /// `global`, `tenant`, `gate` or `agent`.
        scope: String,
        /// The gate, where it is one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        gate_id: Option<GateId>,
        /// The agent, where it is one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        agent_id: Option<String>,
        /// `released`.
        state: String,
        /// When.
        released_at: DateTime<Utc>,
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
    /// A key of a tenant's log, and the sizes of the log whose checkpoints it signs.
    LogKey {
        /// The key.
        key_id: LogKeyId,
        /// Its public half as a C2SP signed-note verifier key.
        vkey: String,
        /// The first size that it signs.
        signs_from: i64,
        /// The first size that it does not sign any more; absent while it signs.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        signs_until: Option<i64>,
    }
    /// A tenant's log has a new key: it signs every checkpoint that has this entry in it.
    LogKeyRotatedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// The log's origin (C2SP tlog-checkpoint); it stays.
        log_origin: String,
        /// What signs now.
        active: LogKey,
        /// What signed before, and does not any more.
        previous: LogKey,
    }
    /// A checkpoint of a log that was lost, as far as it is known.
    LostCheckpoint {
        /// The log's size.
        size: i64,
        /// Its root hash (RFC 6962), base64.
        root: String,
    }
    /// A log that lost entries in a fail-over goes on. From this entry on it has a new origin and a
    /// new key: no receipt of what was lost is one of this log.
    LogRegressionAcknowledgedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// The log's origin (C2SP tlog-checkpoint) from here on.
        log_origin: String,
        /// The origin that what was lost bears.
        previous_origin: String,
        /// How many entries are left; the rest, which nobody may know of, is lost.
        kept_size: i64,
        /// The last checkpoint that is known of what was lost.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        lost: Option<LostCheckpoint>,
        /// Why it may go on, in the operator's words.
        reason: String,
        /// What signs now.
        active: LogKey,
        /// What signed before, and does not any more.
        previous: LogKey,
    }
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

event!(TenantCreatedV1, "tenant.created.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantUpdatedV1, "tenant.updated.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantSuspendedV1, "tenant.suspended.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantResumedV1, "tenant.resumed.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantDataKeyRotationStartedV1, "tenant.data_key_rotation_started.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantDataKeyRotatedV1, "tenant.data_key_rotated.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(RootKeyRotatedV1, "platform.root_key_rotated.v1", moves_epoch: false, subject: |_| "root_key".to_owned());
event!(TenantsListedV1, "platform.tenants_listed.v1", moves_epoch: false, subject: |_| "tenants".to_owned());
event!(TenantReadV1, "platform.tenant_read.v1", moves_epoch: false, subject: |e| e.tenant_id.to_string());
event!(OperatorCreatedV1, "operator.created.v1", moves_epoch: false, subject: |e| e.operator_id.to_string());
event!(ApiKeyCreatedV1, "api_key.created.v1", moves_epoch: true, subject: |e| e.key_id.to_string());
event!(ApiKeyRevokedV1, "api_key.revoked.v1", moves_epoch: true, subject: |e| e.key_id.to_string());
event!(KillSwitchEngagedV1, "kill_switch.engaged.v1", moves_epoch: true, subject: |e| e.switch_id.to_string(), gate: |e| e.gate_id);
event!(KillSwitchReleasedV1, "kill_switch.released.v1", moves_epoch: true, subject: |e| e.switch_id.to_string(), gate: |e| e.gate_id);
event!(ApiKeyRotatedV1, "api_key.rotated.v1", moves_epoch: true, subject: |e| e.key_id.to_string());
event!(LogKeyRotatedV1, "log.key_rotated.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(LogRegressionAcknowledgedV1, "log.regression_acknowledged.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(GateCreatedV1, "gate.created.v1", moves_epoch: true, subject: |e| e.gate_id.to_string(), gate: |e| Some(e.gate_id));
event!(GateKeypairRotatedV1, "gate.keypair_rotated.v1", moves_epoch: true, subject: |e| e.gate_id.to_string(), gate: |e| Some(e.gate_id));
event!(GateKeypairRetiredV1, "gate.keypair_retired.v1", moves_epoch: false, subject: |e| e.gate_id.to_string(), gate: |e| Some(e.gate_id));
event!(CapabilityMintedV1, "capability.minted.v1", moves_epoch: false, subject: |e| e.jti.clone());
event!(CapabilityRevokedV1, "capability.revoked.v1", moves_epoch: true, subject: |e| e.revocation_id.to_string());
event!(CapabilityRootKeyCreatedV1, "capability.root_key_created.v1", moves_epoch: true, subject: |e| e.kid.to_string());
event!(CapabilityRootKeyRetiredV1, "capability.root_key_retired.v1", moves_epoch: true, subject: |e| e.kid.to_string());
