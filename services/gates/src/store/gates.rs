use gw_db::{DbError, OnConstraint, TenantTx};
use uuid::Uuid;

use super::gate_row::GateRow;
use crate::{
    domain::{Gate, GateRef},
    error::GateError,
};

/// Keeps a new gate.
pub(crate) async fn insert(tx: &mut TenantTx, gate: &Gate) -> Result<(), GateError> {
    let result = sqlx::query!(
        "insert into gates.gates (id, slug, name, description, profile, mode, signing,
             is_discoverable, state, created_at, updated_at, created_by_kind, created_by_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        gate.id.uuid(),
        gate.slug.as_ref().map(|slug| slug.as_str()),
        gate.name,
        gate.description,
        gate.profile.as_str(),
        gate.mode.as_str(),
        gate.signing.as_str(),
        gate.is_discoverable,
        gate.state.as_str(),
        gate.created_at,
        gate.updated_at,
        gate.created_by.kind,
        gate.created_by.id,
    )
    .execute(tx.conn())
    .await;
    match &gate.slug {
        Some(slug) => {
            result.on_constraint("gates_slug_key", || GateError::NameTaken(slug.clone()))?
        }
        None => result?,
    };
    Ok(())
}

/// The gate that a path names, in the caller's tenant.
pub(crate) async fn find(tx: &mut TenantTx, gate: &GateRef) -> Result<Gate, GateError> {
    let (id, slug) = keys(gate);
    let row = sqlx::query_as!(
        GateRow,
        "select g.id, g.slug, g.name, g.description, g.profile, g.mode, g.signing,
             g.is_discoverable, g.state, g.archived_at, g.created_at, g.updated_at, g.created_by_kind,
             g.created_by_id, k.id as key_id, k.state as key_state, k.public_key,
             k.signs_from, k.signs_until, k.created_at as key_created_at
         from gates.gates g
         join gates.keypairs k on k.gate_id = g.id and k.state = 'active'
         where g.id = $1 or g.slug = $2",
        id,
        slug,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or(GateError::NotFound)?.try_into()
}

/// The same, with its row held until the end. The lock comes first: what a statement reads may be
/// older than a lock that it waited for.
pub(crate) async fn lock(tx: &mut TenantTx, gate: &GateRef) -> Result<Gate, GateError> {
    let (id, slug) = keys(gate);
    sqlx::query!("select id from gates.gates where id = $1 or slug = $2 for update", id, slug)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(GateError::NotFound)?;
    find(tx, gate).await
}

/// Writes what can change of a gate.
pub(crate) async fn update(tx: &mut TenantTx, gate: &Gate) -> Result<(), DbError> {
    sqlx::query!(
        "update gates.gates set name = $2, description = $3, profile = $4, mode = $5, signing = $6,
             is_discoverable = $7, state = $8, archived_at = $9, updated_at = $10
         where id = $1",
        gate.id.uuid(),
        gate.name,
        gate.description,
        gate.profile.as_str(),
        gate.mode.as_str(),
        gate.signing.as_str(),
        gate.is_discoverable,
        gate.state.as_str(),
        gate.archived_at,
        gate.updated_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn keys(gate: &GateRef) -> (Option<Uuid>, Option<&str>) {
    match gate {
        GateRef::Id(id) => (Some(id.uuid()), None),
        GateRef::Name(name) => (None, Some(name.as_str())),
    }
}
