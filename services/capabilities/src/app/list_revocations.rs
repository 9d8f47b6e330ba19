use gw_kernel::{Page, PageRequest};
use gw_web::{Caller, permissions::ReadCapabilities};

use crate::{
    Context,
    domain::{Revocation, RevocationFilter},
    error::CapabilityError,
    store,
};

/// Lists the tenant's revocations, newest first.
#[tracing::instrument(name = "capabilities.list_revocations", skip_all)]
pub(crate) async fn list_revocations(
    ctx: &Context,
    caller: &Caller<ReadCapabilities>,
    page: PageRequest,
    offset: i64,
    filter: &RevocationFilter,
) -> Result<Page<Revocation>, CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let revocations = store::revocations::list(&mut tx, page, offset, filter).await?;
    tx.end_reading().await?;
    Ok(Page::from_fetched(revocations, page, |revocation| revocation.id))
}
