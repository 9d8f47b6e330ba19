//! The record of a decision, `check.decided.v1`, and the count of what was refused without one,
//! `check.refused.v1`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use gw_kernel::{DecisionId, Epoch, GateId, KeypairId, RootKeyId, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EntryError, Event, envelope};

/// A gate decided: the data of the record, whose exact bytes are the entry.
///
/// Here and in what it holds members stand in the order of RFC 8785, so that writing it sorts
/// nothing; and all text can be somebody else's, so that it copies nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckDecidedV1<'a> {
    /// `credentialed`, `anonymous` or `none`.
    pub access_mode: Cow<'a, str>,
    /// What was asked for.
    pub action: Cow<'a, str>,
    /// Who asked, as the credential says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent_id: Option<Cow<'a, str>>,
    /// HMAC-SHA256 of the arguments' RFC 8785 form under the tenant's key, base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arguments_hmac: Option<Cow<'a, str>>,
    /// The configuration it was decided from.
    pub basis: Basis<'a>,
    /// Who asked.
    pub caller: CallerRef<'a>,
    /// The stages that ran, in order, and what each said.
    pub checks: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The declared cost, in cents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_cents: Option<i64>,
    /// `allow`, `block` or `request_hold`.
    pub decision: Cow<'a, str>,
    /// The gate that was asked.
    pub gate_id: GateId,
    /// SHA-256 of the caller's idempotency key, base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub idempotency_key_sha256: Option<String>,
    /// What the decision was made from, so that it can be made again.
    pub inputs: CheckInputs<'a>,
    /// Where a kill switch ended it: its scope, `global`, `tenant`, `gate` or `agent`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kill_switch: Option<Cow<'a, str>>,
    /// `enforce` or `observe`.
    pub mode: Cow<'a, str>,
    /// The verified credential, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub principal: Option<CredentialRef<'a>>,
    /// Why: a stable code.
    pub reason_code: Cow<'a, str>,
    /// On which resource.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Cow<'a, str>>,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The record's format: 1.
    pub v: u8,
    /// In `observe`: what enforcement would have said, where that is not `allow`. Nothing was taken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub would: Option<Cow<'a, str>>,
}

impl CheckDecidedV1<'_> {
    /// The record's format, as `v` has it and its type ends.
    pub const VERSION: u8 = 1;
}

/// The credential that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CredentialRef<'a> {
    /// Its id: a capability's `jti`.
    pub credential_id: Cow<'a, str>,
    /// The hop ids of its chain, in order.
    pub hops: Cow<'a, [String]>,
    /// Who issued it.
    pub issuer: Cow<'a, str>,
    /// The root key that its signature leads back to.
    pub kid: RootKeyId,
    /// `capability`, ...
    pub kind: Cow<'a, str>,
    /// The epoch of its mint, where its issuer states it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minted_at: Option<Epoch>,
    /// Not valid before, in Unix seconds, where it says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nbf: Option<i64>,
    /// The id of the root of its chain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub root_id: Option<Cow<'a, str>>,
    /// When a person confirmed its mint, in Unix seconds, where its issuer states it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_up_at: Option<i64>,
    /// The agent it names.
    pub subject: Cow<'a, str>,
}

/// What the decision was made from, besides the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckInputs<'a> {
    /// The credential's caveats, verbatim.
    pub caveats: Cow<'a, [String]>,
    /// What the gate observed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub context: Option<Cow<'a, Value>>,
    /// How the gate was asked for, where that was not by its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gate: Option<AskedGate<'a>>,
    /// The moment it was decided for: RFC 3339, UTC, microseconds.
    pub now: String,
    /// Where no credential was verified: what was presented.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub presented: Option<PresentedKind>,
    /// What was taken from which limit.
    pub taken: Cow<'a, [Taken]>,
}

/// How a gate was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedGate<'a> {
    /// Not at all: it is the tenant's default gate.
    Default,
    /// By this name.
    Name(Cow<'a, str>),
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
    /// What is used now; equal to `before` where nothing was taken.
    pub after: i64,
    /// What had been used.
    pub before: i64,
    /// Which: `calls:<hop id>`, `rate:<hop id>` or `cost:<hop id>`.
    pub limit: String,
    /// When its window began, where what is used comes back: RFC 3339, UTC, microseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
}

/// Who asked: a key, or the agent itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallerRef<'a> {
    /// Where the agent asked: the id of the credential that proved it, as in `principal`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_id: Option<Cow<'a, str>>,
    /// `ak_...`, where a key asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_id: Option<String>,
    /// `operator`, `machine` or `platform`, whose key asked; `agent`, which asked by its credential.
    pub kind: Cow<'a, str>,
}

/// The configuration that a decision was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Basis<'a> {
    /// The version of the pipeline.
    pub engine: Cow<'a, str>,
    /// The epoch it was decided at. No entry that moves the epoch lies between it and the record.
    pub epoch: Epoch,
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
    pub data: CheckDecidedV1<'static>,
}

impl Event for CheckDecidedV1<'_> {
    const TYPE: &'static str = "check.decided.v1";
    const MOVES_EPOCH: bool = false;

    fn subject(&self) -> String {
        self.agent_id.as_deref().unwrap_or_default().to_owned()
    }

    fn gate(&self) -> Option<GateId> {
        Some(self.gate_id)
    }
}

impl CheckDecidedV1<'_> {
    /// The record's exact bytes: what is signed, and what the log's leaf is.
    ///
    /// # Errors
    /// When it would be longer than [`crate::MAX_ENTRY_BYTES`].
    pub fn to_record(&self, id: DecisionId, time: DateTime<Utc>) -> Result<Vec<u8>, EntryError> {
        let source = format!("/tenants/{}/gates/{}", self.tenant_id, self.gate_id);
        envelope(Self::TYPE, &id.to_string(), &source, self.agent_id.as_deref(), time, self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_stand_in_the_order_in_which_they_are_written() {
        let data = json!({
            "v": 1,
            "tenant_id": "ten_00000000000000000000000001",
            "gate_id": "gate_00000000000000000000000001",
            "decision": "allow", "reason_code": "ok", "mode": "observe", "would": "block",
            "kill_switch": "gate", "action": "a", "target": "t", "agent_id": "x",
            "access_mode": "credentialed", "arguments_hmac": "h", "idempotency_key_sha256": "i",
            "cost_cents": 1, "checks": [["caller", "pass"]],
            "principal": {
                "kind": "capability", "issuer": "i", "credential_id": "c", "root_id": "r",
                "subject": "x", "hops": ["h"], "minted_at": 1, "step_up_at": 2,
                "kid": "rk_00000000000000000000000001", "nbf": 3,
            },
            "inputs": {
                "now": "n", "gate": { "name": "g" }, "presented": "none", "caveats": ["c"],
                "context": { "b": 1, "a": 2 },
                "taken": [{ "limit": "l", "before": 0, "after": 1, "since": "s" }],
            },
            "caller": { "kind": "agent", "key_id": "k", "credential_id": "c" },
            "basis": { "epoch": 1, "engine": "e", "key_id": "key_00000000000000000000000001" },
        });
        let read = CheckDecidedV1::deserialize(&data).unwrap();
        let written = serde_json::to_vec(&read).unwrap();
        let canonical = gw_crypto::canonical::to_vec(&data).unwrap();
        assert_eq!(String::from_utf8(written), String::from_utf8(canonical));
    }
}
