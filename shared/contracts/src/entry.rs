use chrono::{DateTime, Utc};
use gw_kernel::{Actor, EventId, GateId, TenantId, rfc3339};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Event;

/// No entry is longer than this, in bytes.
pub const MAX_ENTRY_BYTES: usize = 60_000;

/// One leaf of a tenant's log, as it is handed to the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The UUID behind `evt_...` or `dec_...`.
    pub id: uuid::Uuid,
    /// The event's type.
    pub kind: &'static str,
    /// The gate it is about.
    pub gate: Option<GateId>,
    /// Whether it makes the epoch the position after it.
    pub moves_epoch: bool,
    /// The leaf: a CloudEvents 1.0 event in RFC 8785 form.
    pub body: Vec<u8>,
}

/// Why an event cannot become an entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// It holds a number or text that RFC 8785 has no form for.
    #[error("the event has no canonical form")]
    NotCanonical,
    /// It is longer than [`MAX_ENTRY_BYTES`].
    #[error("the entry would be {0} bytes long; the limit is {MAX_ENTRY_BYTES}")]
    TooLarge(usize),
}

impl Entry {
    /// Wraps an administrative fact: who did it, when, and what it is now.
    ///
    /// # Errors
    /// When the event has no canonical form, or is too large.
    pub fn administrative<E: Event>(
        tenant: TenantId,
        actor: &Actor,
        id: EventId,
        now: DateTime<Utc>,
        event: &E,
    ) -> Result<Self, EntryError> {
        let mut data = serde_json::to_value(event).map_err(|_| EntryError::NotCanonical)?;
        if let Value::Object(members) = &mut data {
            members.insert("actor".to_owned(), json!(actor));
            if E::MOVES_EPOCH {
                members.insert("moves_epoch".to_owned(), Value::Bool(true));
            }
        }
        let source = format!("/tenants/{tenant}");
        let body = envelope(E::TYPE, &id.to_string(), &source, Some(&event.subject()), now, &data)?;
        Ok(Self {
            id: id.uuid(),
            kind: E::TYPE,
            gate: event.gate(),
            moves_epoch: E::MOVES_EPOCH,
            body,
        })
    }
}

/// The CloudEvents 1.0 envelope (JSON format, structured mode) in RFC 8785 form.
///
/// # Errors
/// When the data has no canonical form, or the whole is longer than [`MAX_ENTRY_BYTES`].
pub fn envelope<D: Serialize>(
    kind: &str,
    id: &str,
    source: &str,
    subject: Option<&str>,
    time: DateTime<Utc>,
    data: &D,
) -> Result<Vec<u8>, EntryError> {
    // In the order of RFC 8785.
    #[derive(Serialize)]
    struct CloudEvent<'a, D> {
        data: &'a D,
        datacontenttype: &'static str,
        id: &'a str,
        source: &'a str,
        specversion: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<&'a str>,
        time: String,
        #[serde(rename = "type")]
        kind: &'a str,
    }
    let event = CloudEvent {
        data,
        datacontenttype: "application/json",
        id,
        source,
        specversion: "1.0",
        subject,
        time: rfc3339(time),
        kind,
    };
    let body = gw_crypto::canonical::to_vec(&event).map_err(|_| EntryError::NotCanonical)?;
    if body.len() > MAX_ENTRY_BYTES {
        return Err(EntryError::TooLarge(body.len()));
    }
    Ok(body)
}
