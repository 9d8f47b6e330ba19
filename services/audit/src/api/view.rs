use gw_kernel::{EventId, GateId, Page, rfc3339};
use gw_web::Counted;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::History,
    domain::{Change, Step},
};

/// One part of a history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryView {
    /// Newest first.
    items: Vec<ChangeView>,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
    #[serde(flatten)]
    counted: Counted,
    /// Every entry of the log below this position was looked at.
    known_to: i64,
    /// How many entries the log has.
    size: i64,
}

/// An administrative entry of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeView {
    /// Its position in the tenant's log.
    index: i64,
    /// The event.
    event_id: EventId,
    /// What happened: the event's type.
    #[serde(rename = "type")]
    kind: String,
    /// What it is about.
    object: String,
    /// The gate that it is about, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate_id: Option<GateId>,
    /// When: RFC 3339, UTC, microseconds.
    at: String,
    /// Who; null where the entry does not say.
    actor: Option<ActorView>,
    /// The tenant's epoch after it.
    epoch: i64,
    /// What is different in the object since the entry before: a JSON Patch (RFC 6902), whose steps
    /// also say what was there `before`.
    diff: Vec<Step>,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActorView {
    /// `operator`, `machine` or `platform`.
    kind: String,
    /// The operator's id; for a machine or a platform key, the key's id.
    id: String,
    /// The API key that was presented, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

impl From<History> for HistoryView {
    fn from(history: History) -> Self {
        let History { changes, count, standing } = history;
        let Page { items, next_cursor } = changes.map(ChangeView::from);
        let (known_to, size) = (standing.known_to, standing.size);
        Self { items, next_cursor, counted: count.into(), known_to, size }
    }
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        let actor = change.actor;
        let actor = actor.map(|of| ActorView { kind: of.kind, id: of.id, key_id: of.key_id });
        Self {
            index: change.idx,
            event_id: EventId::from_uuid(change.id),
            kind: change.kind,
            object: change.object,
            gate_id: change.gate_id.map(GateId::from_uuid),
            at: rfc3339(change.at),
            actor,
            epoch: change.epoch.0,
            diff: change.diff,
        }
    }
}
