use chrono::{DateTime, Utc};
use gw_contracts::{KillSwitchEngagedV1, KillSwitchReleasedV1};
use gw_kernel::{Author, GateId, KillSwitchId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a kill switch reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KillScope {
    /// Every tenant; the platform's.
    Global,
    /// Every check of one tenant.
    Tenant,
    /// Every check at one gate.
    Gate,
    /// Every check of one agent, at whichever gate.
    Agent,
}

impl KillScope {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Tenant => "tenant",
            Self::Gate => "gate",
            Self::Agent => "agent",
        }
    }

    /// Reads what the database kept; its check constraint knows no other.
    pub(crate) fn from_column(text: &str) -> Self {
        match text {
            "global" => Self::Global,
            "gate" => Self::Gate,
            "agent" => Self::Agent,
            _ => Self::Tenant,
        }
    }
}

/// What is to be halted, or let go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Everything.
    Global,
    /// The tenant.
    Tenant,
    /// A gate, by its id.
    Gate(GateId),
    /// An agent, by its exact name.
    Agent(String),
}

impl Target {
    pub(crate) const fn scope(&self) -> KillScope {
        match self {
            Self::Global => KillScope::Global,
            Self::Tenant => KillScope::Tenant,
            Self::Gate(_) => KillScope::Gate,
            Self::Agent(_) => KillScope::Agent,
        }
    }

    /// What the column holds beside the scope.
    pub(crate) fn value(&self) -> String {
        match self {
            Self::Global | Self::Tenant => String::new(),
            Self::Gate(gate) => gate.to_string(),
            Self::Agent(agent) => agent.clone(),
        }
    }

    /// Reads what the database kept.
    pub(crate) fn from_columns(scope: &str, value: String) -> Option<Self> {
        Some(match KillScope::from_column(scope) {
            KillScope::Global => Self::Global,
            KillScope::Tenant => Self::Tenant,
            KillScope::Gate => Self::Gate(value.parse().ok()?),
            KillScope::Agent => Self::Agent(value),
        })
    }

    pub(crate) const fn gate(&self) -> Option<GateId> {
        match self {
            Self::Gate(gate) => Some(*gate),
            _ => None,
        }
    }

    pub(crate) fn agent(&self) -> Option<String> {
        match self {
            Self::Agent(agent) => Some(agent.clone()),
            _ => None,
        }
    }
}

/// One engaging of a switch, and its end.
#[derive(Debug, Clone)]
pub(crate) struct KillSwitch {
    pub(crate) id: KillSwitchId,
    pub(crate) target: Target,
    pub(crate) reason: Option<String>,
    pub(crate) engaged_at: DateTime<Utc>,
    pub(crate) engaged_by: Author,
    pub(crate) released: Option<Release>,
}

/// The end of a switch.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: Author,
    pub(crate) reason: Option<String>,
}

impl KillSwitch {
    pub(crate) const fn state(&self) -> KillState {
        if self.released.is_some() { KillState::Released } else { KillState::Engaged }
    }

    /// The fact that it is engaged.
    pub(crate) fn engaged(&self, tenant_id: TenantId) -> KillSwitchEngagedV1 {
        KillSwitchEngagedV1 {
            switch_id: self.id,
            tenant_id,
            scope: self.target.scope().as_str().to_owned(),
            gate_id: self.target.gate(),
            agent_id: self.target.agent(),
            state: KillState::Engaged.as_str().to_owned(),
            engaged_at: self.engaged_at,
            reason: self.reason.clone(),
        }
    }

    /// The fact that it is not any more.
    pub(crate) fn released(&self, tenant_id: TenantId, release: &Release) -> KillSwitchReleasedV1 {
        KillSwitchReleasedV1 {
            switch_id: self.id,
            tenant_id,
            scope: self.target.scope().as_str().to_owned(),
            gate_id: self.target.gate(),
            agent_id: self.target.agent(),
            state: KillState::Released.as_str().to_owned(),
            released_at: release.at,
            reason: release.reason.clone(),
        }
    }
}

/// Whether a switch halts anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KillState {
    /// It does.
    Engaged,
    /// Not any more.
    Released,
}

impl KillState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Engaged => "engaged",
            Self::Released => "released",
        }
    }
}
