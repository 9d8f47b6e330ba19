use gw_kernel::{Count, Page, PageRequest};
use gw_web::{Caller, permissions::ReadCapabilities};

use crate::{
    Context,
    domain::{Revocation, RevocationFilter},
    error::CapabilityError,
    store,
};

/// Lists the tenant's revocations, newest first; and counts them, where that is asked.
#[tracing::instrument(name = "capabilities.list_revocations", skip_all)]
pub(crate) async fn list_revocations(
    ctx: &Context,
    caller: &Caller<ReadCapabilities>,
    page: PageRequest,
    offset: i64,
    filter: &RevocationFilter,
    counted: bool,
) -> Result<(Page<Revocation>, Option<Count>), CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let revocations = store::revocations::list(&mut tx, page, offset, filter).await?;
    let count =
        if counted { Some(store::revocations::count(&mut tx, filter).await?) } else { None };
    tx.end_reading().await?;
    Ok((Page::from_fetched(revocations, page, |revocation| revocation.id), count))
}
