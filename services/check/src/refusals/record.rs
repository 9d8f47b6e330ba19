use gw_db::{Db, DbError, TenantTx};
use gw_kernel::{Actor, ActorKind, Identity, TenantId};

use super::Batch;
use crate::store;

/// Why a minute is not recorded yet.
pub(super) enum Unrecorded {
    /// The platform has no log yet: nobody has installed it.
    NoLog,
    /// There is no transaction to be had.
    Away(DbError),
    /// This tenant's did not end well, and may have been recorded.
    Failed(DbError),
}

/// Appends a minute's numbers to the tenant's log.
pub(super) async fn record(db: &Db, batch: &mut Batch) -> Result<(), Unrecorded> {
    let who = Identity { tenant: batch.tenant, actor: machinery() };
    let tx = db.tenant(&who).await.map_err(Unrecorded::Away)?;
    let doubtful = std::mem::replace(&mut batch.doubtful, true);
    match append(tx, batch, doubtful).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            batch.doubtful = doubtful;
            Err(Unrecorded::NoLog)
        }
        Err(error) => Err(Unrecorded::Failed(error)),
    }
}

/// Whether there is a log to append to.
async fn append(mut tx: TenantTx, batch: &Batch, doubtful: bool) -> Result<bool, DbError> {
    store::wait_for_the_head_briefly(&mut tx).await?;
    if batch.tenant == TenantId::PLATFORM && !store::exists(&mut tx).await? {
        return Ok(false);
    }
    if doubtful && was_recorded(&mut tx, batch).await? {
        return Ok(true);
    }
    for (id, event) in &batch.events {
        tx.record_as(*id, event.clone())?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Whether an earlier append did commit: its entries are all there, or none is. It held the head
/// until it ended, so behind the head there is no doubt.
async fn was_recorded(tx: &mut TenantTx, batch: &Batch) -> Result<bool, DbError> {
    tx.hold().await?;
    match batch.events.first() {
        Some((id, _)) => store::is_entry(tx, id.uuid()).await,
        None => Ok(true),
    }
}

/// Nobody's key: the service counted by itself.
fn machinery() -> Actor {
    Actor { kind: ActorKind::Machine, id: "gw-check".to_owned(), key_id: None }
}
