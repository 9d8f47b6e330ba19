use gw_db::{DbError, SnapshotTx};
use uuid::Uuid;

/// A gate, as its owner publishes it for deciding.
pub(crate) struct GateRow {
    pub(crate) gate_id: Uuid,
    pub(crate) slug: Option<String>,
    pub(crate) profile: String,
    pub(crate) mode: String,
    pub(crate) signing: String,
    pub(crate) state: String,
}

/// The key pair that a gate signs with now, sealed.
pub(crate) struct KeypairRow {
    pub(crate) gate_id: Uuid,
    pub(crate) key_id: Uuid,
    pub(crate) sealed: Vec<u8>,
}

/// Every gate of the tenant.
pub(crate) async fn gates(tx: &mut SnapshotTx<'_>) -> Result<Vec<GateRow>, DbError> {
    let rows = sqlx::query_as!(
        GateRow,
        r#"select gate_id as "gate_id!", slug, profile as "profile!", mode as "mode!",
                  signing as "signing!", state as "state!"
           from gates.snapshot_gates"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One gate.
pub(crate) async fn one_gate(
    tx: &mut SnapshotTx<'_>,
    gate: Uuid,
) -> Result<Option<GateRow>, DbError> {
    let row = sqlx::query_as!(
        GateRow,
        r#"select gate_id as "gate_id!", slug, profile as "profile!", mode as "mode!",
                  signing as "signing!", state as "state!"
           from gates.snapshot_gates where gate_id = $1"#,
        gate
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The active key pair of every gate.
pub(crate) async fn keypairs(tx: &mut SnapshotTx<'_>) -> Result<Vec<KeypairRow>, DbError> {
    let rows = sqlx::query_as!(
        KeypairRow,
        r#"select gate_id as "gate_id!", key_id as "key_id!", sealed as "sealed!"
           from gates.snapshot_keypairs where state = 'active'"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The active key pair of one gate.
pub(crate) async fn gate_keypairs(
    tx: &mut SnapshotTx<'_>,
    gate: Uuid,
) -> Result<Option<KeypairRow>, DbError> {
    let row = sqlx::query_as!(
        KeypairRow,
        r#"select gate_id as "gate_id!", key_id as "key_id!", sealed as "sealed!"
           from gates.snapshot_keypairs where gate_id = $1 and state = 'active'"#,
        gate
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}
