use std::collections::BTreeMap;

use gw_db::TenantTx;
use gw_kernel::{Author, Epoch, EventId, RevocationId};
use gw_web::{Caller, permissions::RevokeCapabilities};

use crate::{
    Context,
    domain::{Revocation, RevokeOrder, Selected, forgotten_before, revoked},
    error::CapabilityError,
    store,
};

/// Refuses capabilities from now on, in the caller's tenant, together: one entry of the log.
///
/// What was revoked before keeps its time and reason; where nothing is new, nothing is recorded. An
/// agent can be revoked again: it may have been given something since.
#[tracing::instrument(name = "capabilities.revoke", skip_all)]
pub(crate) async fn revoke_capability(
    ctx: &Context,
    caller: &Caller<RevokeCapabilities>,
    order: RevokeOrder,
) -> Result<(Vec<Revocation>, Epoch), CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    store::revocations::look_up_in_order(&mut tx).await?;
    // Under the head, the epoch is what it will be when this becomes true: a mint that states it,
    // or an earlier one, came before.
    let epoch = tx.hold().await?.epoch;
    let now = tx.now();
    store::revocations::prune(&mut tx, forgotten_before(now)).await?;
    let revocation_id = RevocationId::at(now, rand::random());
    let revoked_by = Author::from(tx.actor());
    let ordered: Vec<Revocation> = order
        .selected
        .iter()
        .map(|selected| Revocation {
            id: EventId::at(now, rand::random()).uuid(),
            revocation_id,
            selected: selected.clone(),
            reason: order.reason.clone(),
            revoked_at: now,
            revoked_by: revoked_by.clone(),
            expires_at: None,
        })
        .collect();
    let new = store::revocations::insert(&mut tx, &ordered, epoch).await?;
    let (new, all) = in_order(&mut tx, order.selected, new).await?;
    if new.is_empty() {
        return Ok((all, epoch));
    }
    tx.record(revoked(revocation_id, &new, order.reason, now, epoch))?;
    let epoch = tx.commit().await?;
    Ok((all, epoch))
}

/// What is new of these, and the newest revocation of each, in this order. An agent's is new.
async fn in_order(
    tx: &mut TenantTx,
    selected: Vec<Selected>,
    new: Vec<Revocation>,
) -> Result<(Vec<Selected>, Vec<Revocation>), CapabilityError> {
    let mut known: BTreeMap<Selected, Revocation> =
        new.into_iter().map(|one| (one.selected.clone(), one)).collect();
    let (new, old): (Vec<&Selected>, Vec<&Selected>) =
        selected.iter().partition(|one| known.contains_key(one));
    let new = new.into_iter().cloned().collect();
    let old = store::revocations::find(tx, &old).await?;
    known.extend(old.into_iter().map(|one| (one.selected.clone(), one)));
    Ok((new, selected.iter().filter_map(|one| known.remove(one)).collect()))
}
