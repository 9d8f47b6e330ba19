//! Events on their way into a log.

use chrono::{DateTime, Utc};
use gw_contracts::{Entry, Event};
use gw_kernel::{Actor, Epoch, EventId, TenantId};
use rand::Rng as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::DbError;

/// Wraps an event as an entry of this tenant's log, under an id of its own.
pub(crate) fn entry<E: Event>(
    tenant: TenantId,
    actor: &Actor,
    now: DateTime<Utc>,
    event: &E,
) -> Result<Entry, DbError> {
    let mut random = [0; 10];
    rand::rng().fill_bytes(&mut random);
    identified(tenant, actor, now, EventId::at(now, random), event)
}

/// Wraps an event as an entry of this tenant's log, under this id.
pub(crate) fn identified<E: Event>(
    tenant: TenantId,
    actor: &Actor,
    now: DateTime<Utc>,
    id: EventId,
    event: &E,
) -> Result<Entry, DbError> {
    Ok(Entry::administrative(tenant, actor, id, now, event)?)
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

/// A tenant's log, of which the head is held: nobody else moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The epoch.
    pub epoch: Epoch,
    /// The position that the next entry will have.
    pub next_position: i64,
}

/// Takes the bound tenant's head.
pub(crate) async fn hold(conn: &mut PgConnection) -> Result<Head, DbError> {
    let held = sqlx::query!(
        r#"select epoch as "epoch!", next_position as "next_position!" from journal.hold()"#
    );
    let held = held.fetch_one(conn).await?;
    Ok(Head { epoch: Epoch(held.epoch), next_position: held.next_position })
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
