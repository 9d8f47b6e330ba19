use gw_db::Db;
use gw_web::{Caller, permissions::ReadLog};

use super::follow;
use crate::{
    domain::{Usage, UsageQuestion},
    query_error::QueryError,
    store,
};

/// The most rows of counts in an answer.
const MOST: usize = 10_000;

/// What the caller's tenant did on some days, counted from its log.
///
/// The counts are of exactly the entries below `counted_to`: the cursor is held while they are read.
#[tracing::instrument(name = "audit.usage", skip_all, fields(tenant = %caller.tenant))]
pub(crate) async fn usage(
    db: &Db,
    caller: &Caller<ReadLog>,
    asked: &UsageQuestion,
) -> Result<Usage, QueryError> {
    if caller.gates().is_some() {
        return Err(QueryError::KeyLimited);
    }
    follow::catch_up(db, caller.tenant).await;
    let mut tx = db.tenant(caller).await?;
    let counted_to = store::cursors::hold(&mut tx).await?;
    let decisions = store::usage::decisions(&mut tx, asked, MOST as u64 + 1).await?;
    if decisions.len() > MOST {
        return Err(QueryError::TooMany(MOST));
    }
    let administrative = store::usage::administrative(&mut tx, asked).await?;
    let now = tx.now();
    let resources = store::published::resources(&mut tx, now).await?;
    let size = store::cursors::standing(&mut tx, caller.tenant).await?.size;
    tx.end_reading().await?;
    Ok(Usage { decisions, administrative, resources, counted_to, size })
}
