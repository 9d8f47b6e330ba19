//! An entry's body, and what the columns beside it say.

use std::{collections::BTreeMap, sync::LazyLock};

use gw_contracts::{CheckDecidedV1, Event as _, EventSchema, all_events};
use gw_crypto::{canonical, merkle, strict};
use gw_kernel::{DecisionId, EventId, TenantId};
use serde_json::Value;

use super::{Entry, Problem};

/// Every type of event, by name.
static KINDS: LazyLock<BTreeMap<&'static str, EventSchema>> =
    LazyLock::new(|| all_events().into_iter().map(|event| (event.kind, event)).collect());

/// Reads an entry's event; the leaf's hash is the body's, and every column is what the body says.
pub(crate) fn read(tenant: TenantId, entry: &Entry) -> Result<Value, Problem> {
    let body = entry.body.as_deref().ok_or(Problem::NoBody)?;
    if merkle::leaf_hash(body).as_slice() != entry.hash {
        return Err(Problem::Hash);
    }
    let event = parse(body)?;
    let kind = text(&event, "type")?;
    let known = KINDS.get(kind).ok_or_else(|| Problem::UnknownKind(kind.to_owned()))?;
    if kind != entry.kind {
        return Err(Problem::Column("kind"));
    }
    if text(&event, "id")? != id(entry) {
        return Err(Problem::Column("id"));
    }
    let data = &event["data"];
    let stated = (known.read)(data).map_err(|_| Problem::Member("data"))?;
    if stated.gate.map(|gate| gate.uuid()) != entry.gate_id {
        return Err(Problem::Column("gate_id"));
    }
    if event.get("subject").and_then(Value::as_str).unwrap_or_default() != stated.subject {
        return Err(Problem::Member("subject"));
    }
    moves_epoch(entry, known.moves_epoch, data)?;
    source(tenant, entry, &event, data)?;
    Ok(event)
}

/// The one form of a CloudEvents 1.0 event that is logged.
fn parse(body: &[u8]) -> Result<Value, Problem> {
    let event = strict::parse(body, strict::DEEPEST).map_err(|_| Problem::Form)?;
    let canonical = canonical::to_vec(&event).map_err(|_| Problem::Form)?;
    let plain = event["specversion"] == "1.0" && event["datacontenttype"] == "application/json";
    if plain && canonical == body { Ok(event) } else { Err(Problem::Form) }
}

/// The id's text: a decision's has another prefix than an administrative event's.
fn id(entry: &Entry) -> String {
    if entry.kind == CheckDecidedV1::TYPE {
        DecisionId::from_uuid(entry.id).to_string()
    } else {
        EventId::from_uuid(entry.id).to_string()
    }
}

/// Column, type and body say the same; an event that does not move the epoch has no such member.
fn moves_epoch(entry: &Entry, known: bool, data: &Value) -> Result<(), Problem> {
    if entry.moves_epoch != known {
        return Err(Problem::Column("moves_epoch"));
    }
    match data.get("moves_epoch") {
        Some(Value::Bool(true)) if known => Ok(()),
        None if !known => Ok(()),
        _ => Err(Problem::Member("moves_epoch")),
    }
}

fn source(tenant: TenantId, entry: &Entry, event: &Value, data: &Value) -> Result<(), Problem> {
    let expected = if entry.kind == CheckDecidedV1::TYPE {
        if text(data, "tenant_id")? != tenant.to_string() {
            return Err(Problem::Member("tenant_id"));
        }
        format!("/tenants/{tenant}/gates/{}", text(data, "gate_id")?)
    } else {
        format!("/tenants/{tenant}")
    };
    if text(event, "source")? == expected { Ok(()) } else { Err(Problem::Member("source")) }
}

pub(crate) fn text<'a>(object: &'a Value, member: &'static str) -> Result<&'a str, Problem> {
    object.get(member).and_then(Value::as_str).ok_or(Problem::Member(member))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    /// An entry of this type about nothing, whose columns agree with it.
    fn entry(kind: &str) -> Entry {
        let id = EventId::from_uuid(uuid::Uuid::nil());
        let now = DateTime::UNIX_EPOCH;
        let source = format!("/tenants/{}", TenantId::PLATFORM);
        let body =
            gw_contracts::envelope(kind, &id.to_string(), &source, None, now, &json!({})).unwrap();
        Entry {
            idx: 0,
            day: now.date_naive(),
            id: id.uuid(),
            kind: kind.to_owned(),
            gate_id: None,
            moves_epoch: false,
            hash: merkle::leaf_hash(&body).to_vec(),
            body: Some(body),
            signature: None,
        }
    }

    #[test]
    fn what_a_newer_release_wrote_is_told_as_such() {
        let read = |kind: &str| read(TenantId::PLATFORM, &entry(kind)).unwrap_err();
        let newer = "gate.created.v2".to_owned();
        assert_eq!(read(&newer), Problem::UnknownKind(newer));
        assert_eq!(read("gate.created.v1"), Problem::Member("data"), "a known one is read");
    }
}
