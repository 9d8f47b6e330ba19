//! The record of a decision, `check.decided.v1`, and the count of what was refused without one,
//! `check.refused.v1`.

use chrono::{DateTime, Utc};
use gw_kernel::{DecisionId, Epoch, GateId, KeypairId, RootKeyId, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EntryError, Event, envelope};

/// A gate decided: the data of the record, whose exact bytes are the entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckDecidedV1 {
    /// The record's format: 1.
    pub v: u8,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The gate that was asked.
    pub gate_id: GateId,
    /// `allow`, `block` or `request_hold`.
    pub decision: String,
    /// Why: a stable code.
    pub reason_code: String,
    /// `enforce` or `observe`.
    pub mode: String,
    /// In `observe`: what enforcement would have said, where that is not `allow`. Nothing was taken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub would: Option<String>,
    /// Where a kill switch ended it: its scope, `global`, `tenant`, `gate` or `agent`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kill_switch: Option<String>,
    /// What was asked for.
    pub action: String,
    /// On which resource.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// Who asked, as the credential says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent_id: Option<String>,
    /// `credentialed`, `anonymous` or `none`.
    pub access_mode: String,
    /// The verified credential, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub principal: Option<CredentialRef>,
    /// What the decision was made from, so that it can be made again.
    pub inputs: CheckInputs,
    /// Who asked.
    pub caller: CallerRef,
    /// HMAC-SHA256 of the arguments' RFC 8785 form under the tenant's key, base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arguments_hmac: Option<String>,
    /// SHA-256 of the caller's idempotency key, base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub idempotency_key_sha256: Option<String>,
    /// The declared cost, in cents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_cents: Option<i64>,
    /// The stages that ran, in order, and what each said.
    pub checks: Vec<(String, String)>,
    /// The configuration it was decided from.
    pub basis: Basis,
}

impl CheckDecidedV1 {
    /// The record's format, as `v` has it and its type ends.
    pub const VERSION: u8 = 1;
}

/// The credential that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CredentialRef {
    /// `capability`, ...
    pub kind: String,
    /// Who issued it.
    pub issuer: String,
    /// Its id: a capability's `jti`.
    pub credential_id: String,
    /// The id of the root of its chain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub root_id: Option<String>,
    /// The agent it names.
    pub subject: String,
    /// The hop ids of its chain, in order.
    pub hops: Vec<String>,
    /// The epoch of its mint, where its issuer states it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minted_at: Option<Epoch>,
    /// When a person confirmed its mint, in Unix seconds, where its issuer states it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_up_at: Option<i64>,
    /// The root key that its signature leads back to.
    pub kid: RootKeyId,
    /// Not valid before, in Unix seconds, where it says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nbf: Option<i64>,
}

/// What the decision was made from, besides the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckInputs {
    /// The moment it was decided for: RFC 3339, UTC, microseconds.
    pub now: String,
    /// How the gate was asked for, where that was not by its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gate: Option<AskedGate>,
    /// Where no credential was verified: what was presented.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub presented: Option<PresentedKind>,
    /// The credential's caveats, verbatim.
    pub caveats: Vec<String>,
    /// What the gate observed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub context: Option<Value>,
    /// What was taken from which limit.
    pub taken: Vec<Taken>,
}

/// How a gate was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedGate {
    /// Not at all: it is the tenant's default gate.
    Default,
    /// By this name.
    Name(String),
}

/// What was presented as a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresentedKind {
    /// Nothing.
    None,
    /// Something that is no credential of any kind.
    Unreadable,
    /// A credential of a kind that is not judged.
    Unsupported,
    /// A capability.
    Capability,
}

/// One limit, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    /// Which: `calls:<hop id>`, `rate:<hop id>` or `cost:<hop id>`.
    pub limit: String,
    /// What had been used.
    pub before: i64,
    /// What is used now; equal to `before` where nothing was taken.
    pub after: i64,
    /// When its window began, where what is used comes back: RFC 3339, UTC, microseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
}

/// Who asked: a key, or the agent itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallerRef {
    /// `operator`, `machine` or `platform`, whose key asked; `agent`, which asked by its credential.
    pub kind: String,
    /// `ak_...`, where a key asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_id: Option<String>,
    /// Where the agent asked: the id of the credential that proved it, as in `principal`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_id: Option<String>,
}

/// The configuration that a decision was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// The epoch it was decided at. No entry that moves the epoch lies between it and the record.
    pub epoch: Epoch,
    /// The version of the pipeline.
    pub engine: String,
    /// The gate's key pair that signs the record.
    pub key_id: KeypairId,
}

/// Checks were refused without a decision. One entry counts those of one source, for one reason,
/// within one minute, at one replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRefusedV1 {
    /// When the minute began.
    pub minute: DateTime<Utc>,
    /// Who was refused: `ak_...`, a key of the tenant whose secret was shown; `root:` and the id of
    /// a capability's root, of an agent whose capability's signature was good; `other`, all for
    /// whom there was no room. In the platform's own log `unverified`: whoever proved nothing.
    pub source: String,
    /// Why: the code that the caller was answered.
    pub code: String,
    /// How many.
    pub count: u64,
    /// When the first of them was answered.
    pub first_at: DateTime<Utc>,
    /// When the last of them was answered.
    pub last_at: DateTime<Utc>,
    /// The process that counted: another name each time that it starts.
    pub replica: String,
}

impl CheckRefusedV1 {
    /// The source of whoever proved nothing.
    pub const UNVERIFIED: &'static str = "unverified";
    /// The source of all for whom there was no room.
    pub const OTHER: &'static str = "other";
}

impl Event for CheckRefusedV1 {
    const TYPE: &'static str = "check.refused.v1";
    const MOVES_EPOCH: bool = false;

    fn subject(&self) -> String {
        self.source.clone()
    }
}

/// A record's envelope, parsed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DecisionRecord {
    /// `dec_...`.
    pub id: DecisionId,
    /// When it was decided: RFC 3339 text.
    pub time: String,
    /// The record.
    pub data: CheckDecidedV1,
}

impl Event for CheckDecidedV1 {
    const TYPE: &'static str = "check.decided.v1";
    const MOVES_EPOCH: bool = false;

    fn subject(&self) -> String {
        self.agent_id.clone().unwrap_or_default()
    }

    fn gate(&self) -> Option<GateId> {
        Some(self.gate_id)
    }
}

impl CheckDecidedV1 {
    /// The record's exact bytes: what is signed, and what the log's leaf is.
    ///
    /// # Errors
    /// When it would be longer than [`crate::MAX_ENTRY_BYTES`].
    pub fn to_record(&self, id: DecisionId, time: DateTime<Utc>) -> Result<Vec<u8>, EntryError> {
        let source = format!("/tenants/{}/gates/{}", self.tenant_id, self.gate_id);
        envelope(Self::TYPE, &id.to_string(), &source, self.agent_id.as_deref(), time, self)
    }
}
