use gw_kernel::{Epoch, RootKeyId};
use gw_web::{Caller, permissions::WriteKeypairs};

use crate::{Context, domain::RootKey, error::CapabilityError, store};

/// Ends a key's overlap now: nothing that was minted under it is accepted any more.
///
/// One that has ended keeps the moment at which it did.
#[tracing::instrument(name = "capabilities.retire_root_key", skip_all, fields(key.id = %id))]
pub(crate) async fn retire_root_key(
    ctx: &Context,
    caller: &Caller<WriteKeypairs>,
    id: RootKeyId,
    reason: Option<String>,
) -> Result<(RootKey, Epoch), CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let epoch = tx.hold().await?.epoch;
    let now = tx.now();
    let key = store::root_keys::find(&mut tx, id).await?;
    let key = key.ok_or(CapabilityError::RootKeyNotFound)?;
    match key.accepted_until {
        None => return Err(CapabilityError::RootKeyActive),
        Some(until) if until <= now => return Ok((key, epoch)),
        Some(_) => {}
    }
    store::root_keys::retire(&mut tx, id, now).await?;
    tx.record(key.retired(now, now, reason))?;
    let epoch = tx.commit().await?;
    Ok((RootKey { accepted_until: Some(now), ..key }, epoch))
}
