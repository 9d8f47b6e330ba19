//! What a tenant did, in numbers.

mod question;
mod resource;
mod tally;

use chrono::NaiveDate;
use gw_kernel::GateId;

pub(crate) use question::{Dimension, Usage, UsageQuestion, UsageQuestionError};
pub(crate) use resource::{Resource, Used};
pub(crate) use tally::Tally;

/// So many decisions of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decisions {
    /// On this day, where days are told apart.
    pub(crate) day: Option<NaiveDate>,
    /// At this gate, where gates are.
    pub(crate) gate_id: Option<GateId>,
    /// `allow`, `block` or `request_hold`, where they are.
    pub(crate) decision: Option<String>,
    /// The API key that asked, or `agent` for agents that ask for themselves, where callers are.
    pub(crate) caller: Option<String>,
    /// How many.
    pub(crate) count: i64,
}

/// So many administrative entries of one type on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Administrative {
    pub(crate) day: NaiveDate,
    pub(crate) kind: String,
    pub(crate) count: i64,
}
