use gw_contracts::OperatorCreatedV1;
use gw_db::Db;
use gw_kernel::{Epoch, Identity, ScopeSet};

use crate::{
    domain::{NewOperator, Operator, Role, check_scopes, new_id},
    error::TenantsError,
    store,
};

/// Lets a person administer the tenant, in roles that give no more than the creator has.
#[tracing::instrument(name = "tenants.create_operator", skip_all)]
pub(crate) async fn create_operator(
    db: &Db,
    who: &Identity,
    scopes: &ScopeSet,
    wanted: NewOperator,
) -> Result<(Operator, Epoch), TenantsError> {
    let mut roles = wanted.roles;
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(TenantsError::NoRoles);
    }
    check_scopes(scopes, &Role::union(&roles)).map_err(|refused| match refused {
        TenantsError::ScopeExceeds(scope) => TenantsError::RoleExceeds(scope),
        other => other,
    })?;

    let mut tx = db.tenant(who).await?;
    let operator = Operator {
        id: new_id(tx.now(), &mut rand::rng()),
        name: wanted.name.into_string(),
        mail: wanted.mail.as_str().to_owned(),
        roles,
        created_by: tx.actor().into(),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::operators::insert(&mut tx, &operator).await?;
    tx.record(OperatorCreatedV1 {
        operator_id: operator.id,
        name: operator.name.clone(),
        mail: operator.mail.clone(),
        roles: operator.roles.iter().map(|role| role.as_str().to_owned()).collect(),
    })?;
    let epoch = tx.commit().await?;
    Ok((operator, epoch))
}
