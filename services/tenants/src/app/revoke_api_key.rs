use std::collections::BTreeSet;

use gw_contracts::ApiKeyRevokedV1;
use gw_db::Db;
use gw_kernel::{ApiKeyId, Epoch, GateId, Identity};

use crate::{
    domain::{ApiKey, KeyState, ReasonText, check_gates},
    error::TenantsError,
    store,
};

/// Ends a key; one that is limited to gates ends only keys with no more gates. Again is fine, and keeps the first time and reason.
#[tracing::instrument(name = "tenants.revoke_api_key", skip_all, fields(key.id = %key))]
pub(crate) async fn revoke_api_key(
    db: &Db,
    who: &Identity,
    gates: Option<&BTreeSet<GateId>>,
    key: ApiKeyId,
    reason: Option<&ReasonText>,
) -> Result<(ApiKey, Epoch), TenantsError> {
    let mut tx = db.tenant(who).await?;
    let before = store::api_keys::find(&mut tx, key).await?.ok_or(TenantsError::KeyNotFound)?;
    check_gates(gates, before.gates.as_ref())?;
    let Some(revoked) = store::api_keys::revoke(&mut tx, key, reason.map(|text| &**text)).await?
    else {
        let before = store::api_keys::find(&mut tx, key).await?;
        return Ok((before.ok_or(TenantsError::KeyNotFound)?, tx.epoch().await?));
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
