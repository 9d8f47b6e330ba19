use chrono::{DateTime, Utc};
use gw_kernel::{Page, PageRequest};
use gw_web::{Caller, permissions::ReadKeypairs};

use crate::{Context, domain::RootKey, error::CapabilityError, store};

/// Lists the tenant's root keys, newest first, and the moment at which they are as they are.
#[tracing::instrument(name = "capabilities.list_root_keys", skip_all)]
pub(crate) async fn list_root_keys(
    ctx: &Context,
    caller: &Caller<ReadKeypairs>,
    page: PageRequest,
) -> Result<(Page<RootKey>, DateTime<Utc>), CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let keys = store::root_keys::list(&mut tx, page).await?;
    let now = tx.now();
    tx.end_reading().await?;
    Ok((Page::from_fetched(keys, page, |key| key.id.uuid()), now))
}
