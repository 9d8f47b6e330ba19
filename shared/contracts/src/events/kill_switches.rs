//! What is halted.

use chrono::{DateTime, Utc};
use gw_kernel::{GateId, KillSwitchId, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

facts! {
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
}

event!(KillSwitchEngagedV1, "kill_switch.engaged.v1", moves_epoch: true, subject: |e| e.switch_id.to_string(), gate: |e| e.gate_id);
event!(KillSwitchReleasedV1, "kill_switch.released.v1", moves_epoch: true, subject: |e| e.switch_id.to_string(), gate: |e| e.gate_id);
