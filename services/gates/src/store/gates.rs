use gw_db::{OnConstraint, TenantTx};

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
    let (id, slug) = match gate {
        GateRef::Id(id) => (Some(id.uuid()), None),
        GateRef::Name(name) => (None, Some(name.as_str())),
    };
    let row = sqlx::query_as!(
        GateRow,
        "select g.id, g.slug, g.name, g.description, g.profile, g.mode, g.signing,
             g.is_discoverable, g.state, g.created_at, g.updated_at, g.created_by_kind,
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
