//! Checks that nobody has asked, and who is supposed to ask them.

use gw_decision::GateRef;
use gw_kernel::ApiKeyId;
use serde_json::Value;

/// What an operator wants to know.
#[derive(Debug)]
pub(crate) struct Supposition {
    /// The gate that would be asked.
    pub(crate) gate: GateRef,
    /// The API key that would ask; one that may, when absent.
    pub(crate) caller: Option<ApiKeyId>,
    /// Who would act.
    pub(crate) who: Who,
    /// What would be asked for, each for itself.
    pub(crate) checks: Vec<SupposedCheck>,
}

/// Who would act.
#[derive(Debug)]
pub(crate) enum Who {
    /// Somebody who presents nothing.
    Nobody,
    /// The holder of this token.
    Holder(String),
    /// The holder of the capability with this id, as it was last shown, or else as it was minted.
    Credential(String),
    /// This agent, with the capability that it showed last.
    Agent(String),
    /// This agent, with a capability of these caveats.
    Minted {
        /// The agent.
        subject: String,
        /// The caveats' JSON.
        caveats: Vec<String>,
    },
}

/// What would be asked for.
#[derive(Debug, Clone)]
pub(crate) struct SupposedCheck {
    /// The action.
    pub(crate) action: String,
    /// The resource.
    pub(crate) target: Option<String>,
    /// What the gate would observe.
    pub(crate) context: Option<Value>,
    /// The declared cost, in cents.
    pub(crate) cost_cents: Option<i64>,
}
