use chrono::NaiveDate;
use gw_kernel::GateId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Administrative, Decisions, Usage, UsageQuestion, Used};

/// What a tenant did, counted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsageView {
    /// The first day.
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
    /// What decisions are told apart by.
    by: Vec<&'static str>,
    /// Decisions, in the order of what they are told apart by.
    decisions: Vec<DecisionsView>,
    /// Administrative entries, by day and type.
    administrative: Vec<AdministrativeView>,
    /// What the tenant has now, and may have.
    resources: Vec<ResourceView>,
    /// Every entry of the log below this position is counted, and none above.
    counted_to: i64,
    /// How many entries the log has.
    size: i64,
}

/// So many decisions of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionsView {
    /// On this day, where days are told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<NaiveDate>,
    /// At this gate, where gates are.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate_id: Option<GateId>,
    /// `allow`, `block` or `request_hold`, where they are; `unknown` where the record was gone
    /// before it was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// The API key that asked, or `agent` for agents that ask for themselves, where callers are.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    /// How many.
    count: i64,
}

/// So many administrative entries of one type on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdministrativeView {
    /// The day.
    day: NaiveDate,
    /// The event's type.
    #[serde(rename = "type")]
    kind: String,
    /// How many.
    count: i64,
}

/// What a tenant has, and may have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResourceView {
    /// `gates` that answer checks, `api_keys` that are accepted, `operators`.
    resource: &'static str,
    /// How many there are now.
    used: i64,
    /// How many there may be.
    limit: i64,
    /// How much of the limit that is, rounded down.
    percent: i64,
    /// Whether it is 80 percent or more.
    warning: bool,
}

impl UsageView {
    pub(super) fn new(asked: &UsageQuestion, usage: Usage) -> Self {
        let decisions = usage.decisions.into_iter().map(DecisionsView::from);
        let administrative = usage.administrative.into_iter().map(AdministrativeView::from);
        Self {
            from: asked.from,
            to: asked.to,
            by: asked.by.iter().map(|dimension| dimension.as_str()).collect(),
            decisions: decisions.collect(),
            administrative: administrative.collect(),
            resources: usage.resources.into_iter().map(ResourceView::from).collect(),
            counted_to: usage.counted_to,
            size: usage.size,
        }
    }
}

impl From<Decisions> for DecisionsView {
    fn from(counted: Decisions) -> Self {
        let Decisions { day, gate_id, decision, caller, count } = counted;
        Self { day, gate_id, decision, caller, count }
    }
}

impl From<Administrative> for AdministrativeView {
    fn from(counted: Administrative) -> Self {
        Self { day: counted.day, kind: counted.kind, count: counted.count }
    }
}

impl From<Used> for ResourceView {
    fn from(used: Used) -> Self {
        Self {
            resource: used.resource.as_str(),
            used: used.used,
            limit: used.limit,
            percent: used.percent(),
            warning: used.is_near(),
        }
    }
}
