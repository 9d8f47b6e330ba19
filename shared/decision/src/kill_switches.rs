use gw_kernel::GateId;

use crate::words::words;

/// What is halted of a tenant. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct KillSwitches {
    /// All of it.
    pub tenant: bool,
    /// These gates.
    pub gates: imbl::HashSet<GateId>,
    /// These agents, by the exact text of a capability's `sub`.
    pub agents: imbl::HashSet<String>,
}

words! {
    /// How far a kill switch reaches.
    KillScope {
        /// Every tenant.
        Global => "global",
        /// Every check of one tenant.
        Tenant => "tenant",
        /// Every check at one gate.
        Gate => "gate",
        /// Every check of one agent, at whichever gate.
        Agent => "agent",
    }
}

impl KillSwitches {
    /// Whether no switch is engaged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.tenant && self.gates.is_empty() && self.agents.is_empty()
    }

    /// The widest switch that a check at this gate meets. The agent is one whose capability's
    /// signature is good; nobody else's word counts for who it is.
    #[must_use]
    pub fn halt(&self, gate: GateId, agent: Option<&str>) -> Option<KillScope> {
        if self.tenant {
            Some(KillScope::Tenant)
        } else if self.gates.contains(&gate) {
            Some(KillScope::Gate)
        } else {
            agent.filter(|agent| self.agents.contains(*agent)).map(|_| KillScope::Agent)
        }
    }
}

impl KillScope {
    /// Why a check is blocked, as compatible clients read it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Global => "halted by kill switch (global)",
            Self::Tenant => "halted by kill switch (tenant)",
            Self::Gate => "halted by kill switch (gate)",
            Self::Agent => "halted by kill switch (agent)",
        }
    }
}
