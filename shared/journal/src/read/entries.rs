use gw_db::{DbError, TenantTx};
use gw_kernel::GateId;
use uuid::Uuid;

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its position in the tenant's log.
    pub index: u64,
    /// The UUID behind `evt_...` or `dec_...`.
    pub id: Uuid,
    /// The event's type.
    pub kind: String,
    /// The gate it is about.
    pub gate: Option<GateId>,
    /// Whether the epoch is the position after it.
    pub moves_epoch: bool,
    /// The leaf's hash: SHA-256 of 0x00 and the body.
    pub hash: Vec<u8>,
    /// The leaf; none once it is past its retention.
    pub body: Option<Vec<u8>>,
    /// The gate's signature over the body.
    pub signature: Option<[u8; 64]>,
}

/// An entry's columns.
pub(super) struct Row {
    pub(super) idx: i64,
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) gate_id: Option<Uuid>,
    pub(super) moves_epoch: bool,
    pub(super) hash: Vec<u8>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) signature: Option<Vec<u8>>,
}

impl From<Row> for StoredEntry {
    fn from(row: Row) -> Self {
        Self {
            index: u64::try_from(row.idx).unwrap_or_default(),
            id: row.id,
            kind: row.kind,
            gate: row.gate_id.map(GateId::from_uuid),
            moves_epoch: row.moves_epoch,
            hash: row.hash,
            body: row.body,
            signature: row.signature.and_then(|bytes| bytes.try_into().ok()),
        }
    }
}

/// The entry with this id, in the bound tenant's log.
///
/// # Errors
/// When the database fails.
pub async fn entry(tx: &mut TenantTx, id: Uuid) -> Result<Option<StoredEntry>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"select idx as "idx!", id as "id!", kind as "kind!", gate_id,
               moves_epoch as "moves_epoch!", hash as "hash!", body, signature
           from journal.published_entries
           where id = $1
           order by idx
           limit 1"#,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(StoredEntry::from))
}

/// The entry at this position of the bound tenant's log.
///
/// # Errors
/// When the database fails.
pub async fn entry_at(tx: &mut TenantTx, index: u64) -> Result<Option<StoredEntry>, DbError> {
    let Ok(index) = i64::try_from(index) else { return Ok(None) };
    let row = sqlx::query_as!(
        Row,
        r#"select e.idx as "idx!", e.id as "id!", e.kind as "kind!", e.gate_id,
               e.moves_epoch as "moves_epoch!", e.hash as "hash!", e.body, e.signature
           from journal.published_entries e
           where e.idx = $1
               and e.day = (select (b.at at time zone 'UTC')::date
                            from journal.published_batches b
                            where b.prev <= $1
                            order by b.prev desc
                            limit 1)"#,
        index,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(StoredEntry::from))
}
