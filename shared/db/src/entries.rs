//! Events on their way into a log.

use chrono::{DateTime, Utc};
use gw_contracts::{Entry, Event};
use gw_kernel::{Actor, Epoch, EventId, TenantId};
use rand::Rng as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::DbError;

/// Wraps an event as an entry of this tenant's log.
pub(crate) fn entry<E: Event>(
    tenant: TenantId,
    actor: &Actor,
    now: DateTime<Utc>,
    event: &E,
) -> Result<Entry, DbError> {
    let mut random = [0; 10];
    rand::rng().fill_bytes(&mut random);
    Ok(Entry::administrative(tenant, actor, EventId::at(now, random), now, event)?)
}

/// Appends the entries, in order, to the bound tenant's log.
pub(crate) async fn append(conn: &mut PgConnection, entries: &[Entry]) -> Result<Epoch, DbError> {
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind).collect();
    let gates: Vec<Option<Uuid>> =
        entries.iter().map(|entry| entry.gate.map(|gate| gate.uuid())).collect();
    let moves: Vec<bool> = entries.iter().map(|entry| entry.moves_epoch).collect();
    let bodies: Vec<&[u8]> = entries.iter().map(|entry| entry.body.as_slice()).collect();
    let epoch = sqlx::query_scalar!(
        r#"select journal.append(array(
               select row (id, kind, gate_id, moves_epoch, body)::journal.new_entry
               from unnest($1::uuid[], $2::text[], $3::uuid[], $4::boolean[], $5::bytea[])
                   with ordinality as given (id, kind, gate_id, moves_epoch, body, position)
               order by position)) as "epoch!""#,
        &ids,
        &kinds as &[&str],
        &gates as &[Option<Uuid>],
        &moves,
        &bodies as &[&[u8]],
    )
    .fetch_one(conn)
    .await?;
    Ok(Epoch(epoch))
}

/// Takes the bound tenant's head, and answers its epoch.
pub(crate) async fn hold(conn: &mut PgConnection) -> Result<Epoch, DbError> {
    let epoch = sqlx::query_scalar!(r#"select journal.hold() as "epoch!""#).fetch_one(conn).await?;
    Ok(Epoch(epoch))
}

/// Takes the bound tenant's head, and answers the position of the next entry.
pub(crate) async fn next_position(conn: &mut PgConnection) -> Result<i64, DbError> {
    let position = sqlx::query_scalar!(r#"select journal.next_position() as "position!""#);
    Ok(position.fetch_one(conn).await?)
}

/// Takes the bound tenant's head, notes that its log goes on although it lost entries, and answers
/// the position of the next entry.
pub(crate) async fn acknowledge_loss(conn: &mut PgConnection) -> Result<i64, DbError> {
    let position = sqlx::query_scalar!(r#"select journal.acknowledge_loss() as "position!""#);
    Ok(position.fetch_one(conn).await?)
}

/// What a transaction that recorded nothing looks like at its end.
pub(crate) struct Unrecorded {
    /// Whether it changed anything, or locked a row.
    pub(crate) wrote: bool,
    /// The bound tenant's epoch.
    pub(crate) epoch: Epoch,
}

pub(crate) async fn unrecorded(conn: &mut PgConnection) -> Result<Unrecorded, DbError> {
    let row = sqlx::query!(
        r#"select pg_current_xact_id_if_assigned() is not null as "wrote!",
                  journal.epoch() as "epoch!""#
    )
    .fetch_one(conn)
    .await?;
    Ok(Unrecorded { wrote: row.wrote, epoch: Epoch(row.epoch) })
}
