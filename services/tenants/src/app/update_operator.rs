use std::collections::BTreeSet;

use gw_contracts::{OperatorResumedV1, OperatorSuspendedV1, OperatorUpdatedV1};
use gw_db::{Db, TenantTx};
use gw_kernel::{Epoch, GateId, Identity, OperatorId, Role, ScopeSet};

use crate::{
    app::limits::demand_room,
    domain::{
        Counted, Mail, Name, Operator, OperatorState, ReasonText, check_administers, check_gates,
        check_roles,
    },
    error::TenantsError,
    store,
};

/// What whoever changes operators may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rights<'a> {
    pub(crate) scopes: &'a ScopeSet,
    /// The gates that the caller's own key is limited to.
    pub(crate) gates: Option<&'a BTreeSet<GateId>>,
}

/// What is to change; what is absent stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct OperatorChanges {
    pub(crate) name: Option<Name>,
    pub(crate) mail: Option<Mail>,
    pub(crate) roles: Option<Vec<Role>>,
}

/// Changes an operator, if it is still as the caller read it.
#[tracing::instrument(name = "tenants.update_operator", skip_all, fields(operator.id = %id))]
pub(crate) async fn update_operator(
    db: &Db,
    who: &Identity,
    rights: Rights<'_>,
    id: OperatorId,
    changes: OperatorChanges,
    is_current: impl FnOnce(&Operator) -> bool,
) -> Result<(Operator, Epoch), TenantsError> {
    let roles = changes.roles.map(|roles| check_roles(rights.scopes, roles)).transpose()?;
    let mut tx = db.tenant(who).await?;
    let before = held(&mut tx, rights, id).await?;
    if !is_current(&before) {
        return Err(TenantsError::PreconditionFailed);
    }
    let mut after = Operator { updated_at: tx.now(), ..before.clone() };
    after.name = changes.name.map_or(after.name, Name::into_string);
    after.mail = changes.mail.map_or(after.mail, |mail| mail.as_str().to_owned());
    after.roles = roles.unwrap_or(after.roles);
    keep(&mut tx, &before, &after).await?;
    tx.record(OperatorUpdatedV1 {
        operator_id: id,
        name: after.name.clone(),
        mail: after.mail.clone(),
        roles: after.roles_as_text(),
        state: after.state.as_str().to_owned(),
    })?;
    let epoch = tx.commit().await?;
    Ok((after, epoch))
}

/// Suspends or resumes an operator. Again is fine, and keeps the first reason.
#[tracing::instrument(name = "tenants.set_operator_state", skip_all, fields(operator.id = %id))]
pub(crate) async fn set_state(
    db: &Db,
    who: &Identity,
    rights: Rights<'_>,
    id: OperatorId,
    state: OperatorState,
    reason: Option<ReasonText>,
) -> Result<(Operator, Epoch), TenantsError> {
    let mut tx = db.tenant(who).await?;
    let before = held(&mut tx, rights, id).await?;
    if before.state == state {
        return Ok((before, tx.epoch().await?));
    }
    if state == OperatorState::Active {
        demand_room(&mut tx, Counted::Operators).await?;
    }
    let mut after = Operator { state, updated_at: tx.now(), ..before.clone() };
    after.state_reason = reason.map(ReasonText::into_string);
    keep(&mut tx, &before, &after).await?;
    record_state(&mut tx, &after)?;
    let epoch = tx.commit().await?;
    Ok((after, epoch))
}

/// The operator, of whom nothing changes any more but by this transaction: everything about
/// operators is done under the tenant's head, so that two owners who remove each other come one
/// after the other.
async fn held(
    tx: &mut TenantTx,
    rights: Rights<'_>,
    id: OperatorId,
) -> Result<Operator, TenantsError> {
    tx.hold().await?;
    let operator = store::operators::find(tx, id).await?.ok_or(TenantsError::OperatorNotFound)?;
    check_gates(rights.gates, None)?;
    check_administers(rights.scopes, &operator.roles)?;
    Ok(operator)
}

/// Stores what the operator has become, unless nobody would be left who may do everything.
async fn keep(tx: &mut TenantTx, before: &Operator, after: &Operator) -> Result<(), TenantsError> {
    store::operators::update(tx, after).await?;
    if before.is_active_owner() && !store::operators::any_active_owner(tx).await? {
        return Err(TenantsError::LastOwner);
    }
    Ok(())
}

fn record_state(tx: &mut TenantTx, operator: &Operator) -> Result<(), TenantsError> {
    let (operator_id, roles) = (operator.id, operator.roles_as_text());
    let (state, reason) = (operator.state.as_str().to_owned(), operator.state_reason.clone());
    match operator.state {
        OperatorState::Suspended => {
            tx.record(OperatorSuspendedV1 { operator_id, roles, state, reason })?;
        }
        OperatorState::Active => {
            tx.record(OperatorResumedV1 { operator_id, roles, state, reason })?;
        }
    }
    Ok(())
}
