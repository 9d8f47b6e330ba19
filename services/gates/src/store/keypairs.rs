use chrono::{DateTime, Utc};
use gw_crypto::keys::PublicKey;
use gw_db::{DbError, TenantTx};
use gw_kernel::{Count, GateId, KeypairId, PageRequest};
use uuid::Uuid;

use crate::{
    domain::{Keypair, KeypairState},
    error::GateError,
};

/// Keeps a key pair; `sealed` is its private half.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    keypair: &Keypair,
    sealed: &[u8],
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into gates.keypairs (id, gate_id, state, public_key, sealed, signs_from, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        keypair.id.uuid(),
        keypair.gate.uuid(),
        keypair.state.as_str(),
        keypair.public_key.as_bytes(),
        sealed,
        keypair.signs_from,
        keypair.created_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The key pair that the gate signs with, held until the end. None, too, when somebody else
/// replaced it while this waited.
pub(crate) async fn lock_active(
    tx: &mut TenantTx,
    gate: GateId,
) -> Result<Option<Keypair>, GateError> {
    let row = sqlx::query_as!(
        Row,
        "select id, gate_id, state, public_key, signs_from, signs_until, retires_at, created_at
         from gates.keypairs
         where gate_id = $1 and state = 'active'
         for update",
        gate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Keypair::try_from).transpose()
}

/// One of a gate's key pairs, held until the end.
pub(crate) async fn lock(
    tx: &mut TenantTx,
    gate: GateId,
    keypair: KeypairId,
) -> Result<Option<Keypair>, GateError> {
    let row = sqlx::query_as!(
        Row,
        "select id, gate_id, state, public_key, signs_from, signs_until, retires_at, created_at
         from gates.keypairs
         where gate_id = $1 and id = $2
         for update",
        gate.uuid(),
        keypair.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Keypair::try_from).transpose()
}

/// Writes what has changed of a key pair that was replaced.
pub(crate) async fn update(tx: &mut TenantTx, keypair: &Keypair) -> Result<(), DbError> {
    sqlx::query!(
        "update gates.keypairs set state = $2, signs_until = $3, retires_at = $4 where id = $1",
        keypair.id.uuid(),
        keypair.state.as_str(),
        keypair.signs_until,
        keypair.retires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A gate's key pairs, newest first; one more than the page holds where there are more.
pub(crate) async fn of_gate(
    tx: &mut TenantTx,
    gate: GateId,
    page: PageRequest,
) -> Result<Vec<Keypair>, GateError> {
    let rows = sqlx::query_as!(
        Row,
        "select id, gate_id, state, public_key, signs_from, signs_until, retires_at,
             created_at
         from gates.keypairs
         where gate_id = $1 and ($2::uuid is null or id < $2)
         order by id desc
         limit $3",
        gate.uuid(),
        page.after.map(|cursor| cursor.0),
        page.fetch(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Keypair::try_from).collect()
}

/// How many key pairs a gate has had.
pub(crate) async fn count_of_gate(tx: &mut TenantTx, gate: GateId) -> Result<Count, DbError> {
    let found = sqlx::query_scalar!(
        r#"select count(*) as "found!"
           from (select from gates.keypairs where gate_id = $1 limit $2) counted"#,
        gate.uuid(),
        Count::LOOKED_AT,
    );
    Ok(Count::of(found.fetch_one(tx.conn()).await?))
}

/// Every key pair that a gate ever had, newest first: retired ones still verify.
pub(crate) async fn all_of_gate(
    tx: &mut TenantTx,
    gate: GateId,
) -> Result<Vec<Keypair>, GateError> {
    let rows = sqlx::query_as!(
        Row,
        "select id, gate_id, state, public_key, signs_from, signs_until, retires_at,
             created_at
         from gates.keypairs
         where gate_id = $1
         order by id desc",
        gate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Keypair::try_from).collect()
}

struct Row {
    id: Uuid,
    gate_id: Uuid,
    state: String,
    public_key: Vec<u8>,
    signs_from: i64,
    signs_until: Option<i64>,
    retires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Keypair {
    type Error = GateError;

    fn try_from(row: Row) -> Result<Self, GateError> {
        let gate = GateId::from_uuid(row.gate_id);
        Ok(Self {
            id: KeypairId::from_uuid(row.id),
            gate,
            state: row.state.parse::<KeypairState>().map_err(|_| GateError::Unreadable(gate))?,
            public_key: public_key(&row.public_key).ok_or(GateError::Unreadable(gate))?,
            signs_from: row.signs_from,
            signs_until: row.signs_until,
            retires_at: row.retires_at,
            created_at: row.created_at,
        })
    }
}

/// Reads the 32 bytes of the column.
pub(super) fn public_key(bytes: &[u8]) -> Option<PublicKey> {
    PublicKey::from_bytes(bytes.try_into().ok()?).ok()
}
