use gw_db::Db;
use gw_kernel::{ApiKeyId, Count, Identity, Page, PageRequest};

use crate::{
    domain::ApiKey,
    error::TenantsError,
    store::{self, api_keys::KeyFilter},
};

/// A page of the tenant's keys, newest first, ended ones too; and how many there are,
/// where that is asked.
pub(crate) async fn list_api_keys(
    db: &Db,
    who: &Identity,
    filter: &KeyFilter,
    page: PageRequest,
    counted: bool,
) -> Result<(Page<ApiKey>, Option<Count>), TenantsError> {
    let mut tx = db.tenant(who).await?;
    let rows = store::api_keys::list(&mut tx, filter, page).await?;
    let count = if counted { Some(store::api_keys::count(&mut tx, filter).await?) } else { None };
    tx.end_reading().await?;
    Ok((Page::from_fetched(rows, page, |key| key.id.uuid()), count))
}

/// One of the tenant's keys.
pub(crate) async fn read_api_key(
    db: &Db,
    who: &Identity,
    key: ApiKeyId,
) -> Result<ApiKey, TenantsError> {
    let mut tx = db.tenant(who).await?;
    let found = store::api_keys::find(&mut tx, key).await?.ok_or(TenantsError::KeyNotFound)?;
    tx.end_reading().await?;
    Ok(found)
}
