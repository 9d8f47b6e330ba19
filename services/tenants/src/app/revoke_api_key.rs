use gw_contracts::ApiKeyRevokedV1;
use gw_db::Db;
use gw_kernel::{ApiKeyId, Epoch, Identity};

use crate::{
    domain::{ApiKey, KeyState, ReasonText},
    error::TenantsError,
    store,
};

/// Ends a key. Again is fine, and keeps the first time and reason.
#[tracing::instrument(name = "tenants.revoke_api_key", skip_all, fields(key.id = %key))]
pub(crate) async fn revoke_api_key(
    db: &Db,
    who: &Identity,
    key: ApiKeyId,
    reason: Option<&ReasonText>,
) -> Result<(ApiKey, Epoch), TenantsError> {
    let mut tx = db.tenant(who).await?;
    let Some(revoked) = store::api_keys::revoke(&mut tx, key, reason.map(|text| &**text)).await?
    else {
        let before = store::api_keys::find(&mut tx, key).await?;
        let before = before.ok_or(TenantsError::KeyNotFound)?;
        return Ok((before, tx.epoch().await?));
    };
    tx.record(ApiKeyRevokedV1 {
        key_id: key,
        state: KeyState::Revoked.as_str().to_owned(),
        revoked_at: revoked.updated_at,
        reason: revoked.revoked_reason.clone(),
    })?;
    let epoch = tx.commit().await?;
    Ok((revoked, epoch))
}
