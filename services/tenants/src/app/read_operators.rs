use gw_db::Db;
use gw_kernel::{Count, Identity, OperatorId, Page, PageRequest};

use crate::{
    domain::Operator,
    error::TenantsError,
    store::{self, operators::OperatorFilter},
};

/// A page of the tenant's operators, newest first; and how many there are,
/// where that is asked.
pub(crate) async fn list_operators(
    db: &Db,
    who: &Identity,
    filter: &OperatorFilter,
    page: PageRequest,
    counted: bool,
) -> Result<(Page<Operator>, Option<Count>), TenantsError> {
    let mut tx = db.tenant(who).await?;
    let rows = store::operators::list(&mut tx, filter, page).await?;
    let count = if counted { Some(store::operators::count(&mut tx, filter).await?) } else { None };
    tx.end_reading().await?;
    Ok((Page::from_fetched(rows, page, |operator| operator.id.uuid()), count))
}

/// One of the tenant's operators.
pub(crate) async fn read_operator(
    db: &Db,
    who: &Identity,
    operator: OperatorId,
) -> Result<Operator, TenantsError> {
    let mut tx = db.tenant(who).await?;
    let found = store::operators::find(&mut tx, operator).await?;
    let found = found.ok_or(TenantsError::OperatorNotFound)?;
    tx.end_reading().await?;
    Ok(found)
}
