use chrono::TimeDelta;
use gw_kernel::Epoch;
use gw_web::{Caller, permissions::WriteKeypairs};

use super::root_key::make;
use crate::{Context, domain::RootKey, error::CapabilityError, store};

/// Mints under a new key from now on. What was minted before is accepted until the overlap ends.
#[tracing::instrument(name = "capabilities.rotate_root_key", skip_all)]
pub(crate) async fn rotate_root_key(
    ctx: &Context,
    caller: &Caller<WriteKeypairs>,
    overlap: TimeDelta,
    reason: Option<String>,
) -> Result<(RootKey, Epoch), CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let (now, data_key) = (tx.now(), tx.data_key().await?);
    tx.hold().await?;
    if let Some(before) = store::root_keys::active(&mut tx).await? {
        let until = now.checked_add_signed(overlap).unwrap_or(now);
        store::root_keys::retire(&mut tx, before.id, until).await?;
        tx.record(before.retired(until, now, reason))?;
    }
    let key = make(&mut tx, &data_key).await?;
    tx.record(key.created())?;
    let epoch = tx.commit().await?;
    Ok((key, epoch))
}
