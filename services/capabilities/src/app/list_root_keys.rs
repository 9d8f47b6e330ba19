use chrono::{DateTime, Utc};
use gw_kernel::{Count, Page, PageRequest};
use gw_web::{Caller, permissions::ReadKeypairs};

use crate::{
    Context,
    domain::{RootKey, RootKeyState},
    error::CapabilityError,
    store,
};

/// A part of the list of root keys.
pub(crate) struct ListedRootKeys {
    pub(crate) keys: Page<RootKey>,
    /// How many there are in all, where that was asked.
    pub(crate) count: Option<Count>,
    /// The moment at which they are as they are.
    pub(crate) now: DateTime<Utc>,
}

/// Lists the tenant's root keys, newest first; and counts them, where that is asked.
#[tracing::instrument(name = "capabilities.list_root_keys", skip_all)]
pub(crate) async fn list_root_keys(
    ctx: &Context,
    caller: &Caller<ReadKeypairs>,
    page: PageRequest,
    state: Option<RootKeyState>,
    counted: bool,
) -> Result<ListedRootKeys, CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let keys = store::root_keys::list(&mut tx, page, state).await?;
    let count = if counted { Some(store::root_keys::count(&mut tx, state).await?) } else { None };
    let now = tx.now();
    tx.end_reading().await?;
    let keys = Page::from_fetched(keys, page, |key| key.id.uuid());
    Ok(ListedRootKeys { keys, count, now })
}
