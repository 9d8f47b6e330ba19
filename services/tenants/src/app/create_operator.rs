use gw_contracts::OperatorCreatedV1;
use gw_db::Db;
use gw_kernel::{Epoch, Identity};

use crate::{
    app::{limits::demand_room, update_operator::Rights},
    domain::{Counted, NewOperator, Operator, OperatorState, check_gates, check_roles, new_id},
    error::TenantsError,
    store,
};

/// Lets a person administer the tenant, in roles that give no more than the creator has.
#[tracing::instrument(name = "tenants.create_operator", skip_all)]
pub(crate) async fn create_operator(
    db: &Db,
    who: &Identity,
    rights: Rights<'_>,
    wanted: NewOperator,
) -> Result<(Operator, Epoch), TenantsError> {
    check_gates(rights.gates, None)?;
    let roles = check_roles(rights.scopes, wanted.roles)?;
    let mut tx = db.tenant(who).await?;
    // This takes the head, under which everything about operators is done.
    demand_room(&mut tx, Counted::Operators).await?;
    let operator = Operator {
        id: new_id(tx.now(), &mut rand::rng()),
        name: wanted.name.into_string(),
        mail: wanted.mail.as_str().to_owned(),
        roles,
        state: OperatorState::Active,
        state_reason: None,
        created_by: tx.actor().into(),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::operators::insert(&mut tx, &operator).await?;
    tx.record(OperatorCreatedV1 {
        operator_id: operator.id,
        name: operator.name.clone(),
        mail: operator.mail.clone(),
        roles: operator.roles_as_text(),
    })?;
    let epoch = tx.commit().await?;
    Ok((operator, epoch))
}
