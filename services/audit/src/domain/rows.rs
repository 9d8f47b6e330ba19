use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A row of `journal.entries`, as it is stored: nothing about it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position.
    pub idx: i64,
    /// Its partition: the UTC date of its batch.
    pub day: NaiveDate,
    /// The UUID behind `evt_...` or `dec_...`.
    pub id: Uuid,
    /// The event's type.
    pub kind: String,
    /// The gate it is about.
    pub gate_id: Option<Uuid>,
    /// Whether the epoch is the position after it.
    pub moves_epoch: bool,
    /// The leaf's hash.
    pub hash: Vec<u8>,
    /// The leaf.
    pub body: Option<Vec<u8>>,
    /// The gate's signature over the body.
    pub signature: Option<Vec<u8>>,
}

/// A row of `journal.batches`, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The log's size before it.
    pub prev: i64,
    /// The log's size after it.
    pub size: i64,
    /// The epoch after it.
    pub epoch: i64,
    /// Its one clock.
    pub at: DateTime<Utc>,
    /// The compact range of `size` leaves.
    pub frontier: Vec<u8>,
    /// The signed note.
    pub checkpoint: Option<String>,
    /// What its decisions count as.
    pub tally: Option<serde_json::Value>,
}

/// A row of `journal.counters`, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Which limit.
    pub key: String,
    /// How much of it is used.
    pub used: i64,
}
