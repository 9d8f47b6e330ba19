use gw_kernel::{Epoch, EventId};
use gw_web::{Caller, permissions::RevokeCapabilities};

use crate::{Context, domain::Revocation, error::CapabilityError, store};

/// Refuses a token from now on, in the caller's tenant.
///
/// A second revocation keeps the first's time and reason, and records nothing.
#[tracing::instrument(name = "capabilities.revoke", skip_all)]
pub(crate) async fn revoke_capability(
    ctx: &Context,
    caller: &Caller<RevokeCapabilities>,
    jti: String,
    reason: Option<String>,
) -> Result<(Revocation, Epoch), CapabilityError> {
    if let Some(earlier) = earlier(ctx, caller, &jti).await? {
        return Ok(earlier);
    }
    let mut tx = ctx.db.tenant(caller).await?;
    let now = tx.now();
    let id = EventId::at(now, rand::random()).uuid();
    let revoked_by = tx.actor().into();
    let revocation = Revocation { id, jti, reason, revoked_at: now, revoked_by };
    if store::revocations::insert(&mut tx, &revocation).await? {
        tx.record(revocation.event())?;
        let epoch = tx.commit().await?;
        return Ok((revocation, epoch));
    }
    drop(tx);
    earlier(ctx, caller, &revocation.jti).await?.ok_or(CapabilityError::RevokedMeanwhile)
}

/// The revocation that the token already has, and the epoch as it stands.
async fn earlier(
    ctx: &Context,
    caller: &Caller<RevokeCapabilities>,
    jti: &str,
) -> Result<Option<(Revocation, Epoch)>, CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let found = store::revocations::find(&mut tx, jti).await?;
    let epoch = tx.epoch().await?;
    Ok(found.map(|revocation| (revocation, epoch)))
}
