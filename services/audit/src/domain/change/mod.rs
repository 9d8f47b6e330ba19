//! Administrative entries as people ask for them: by object, and by what they changed.

mod diff;
mod filter;
mod objects;
mod state;
#[cfg(test)]
mod tests;
mod told;

use chrono::{DateTime, Utc};
use gw_kernel::Epoch;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use diff::Step;
pub(crate) use filter::ChangeFilter;
pub(crate) use told::{Compared, Told};

/// An administrative entry: who did what, when, and what it changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Its position in the tenant's log.
    pub(crate) idx: i64,
    /// The UUID behind `evt_...`.
    pub(crate) id: Uuid,
    /// The event's type.
    pub(crate) kind: String,
    /// What it is about.
    pub(crate) object: String,
    /// The gate it is about.
    pub(crate) gate_id: Option<Uuid>,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The tenant's epoch after it.
    pub(crate) epoch: Epoch,
    /// Who.
    pub(crate) actor: Option<ChangeActor>,
    /// What is different in the object since the entry before.
    pub(crate) diff: Vec<Step>,
}

/// Who acted, as the entry says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct ChangeActor {
    /// `operator`, `machine` or `platform`.
    pub(crate) kind: String,
    /// The operator's id; for a machine or a platform key, the key's id.
    pub(crate) id: String,
    /// The API key that was presented, if one was.
    #[serde(default)]
    pub(crate) key_id: Option<String>,
}

/// An object's members, as its newest entry leaves them.
pub(crate) type State = serde_json::Map<String, Value>;
