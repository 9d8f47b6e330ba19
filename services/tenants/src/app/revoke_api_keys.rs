use std::collections::BTreeSet;

use gw_contracts::ApiKeyRevokedV1;
use gw_db::Db;
use gw_kernel::{ApiKeyId, Epoch, GateId, Identity, OperatorId};

use crate::{
    domain::{ApiKey, KeyState, ReasonText, check_gates},
    error::TenantsError,
    store,
};

/// So many keys are named in one request.
const MAX_KEYS: usize = 1_000;

/// Which keys are to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    pub(crate) keys: Vec<ApiKeyId>,
    /// All of this operator's.
    pub(crate) operator: Option<OperatorId>,
}

/// Ends several keys together, or none of them. Those that were revoked before keep their first
/// time and reason. Answers all that were named, newest first.
#[tracing::instrument(name = "tenants.revoke_api_keys", skip_all)]
pub(crate) async fn revoke_api_keys(
    db: &Db,
    who: &Identity,
    gates: Option<&BTreeSet<GateId>>,
    named: Named,
    reason: Option<&ReasonText>,
) -> Result<(Vec<ApiKey>, Epoch), TenantsError> {
    let Named { keys, operator } = named;
    let nobody = keys.is_empty() && operator.is_none();
    if nobody || keys.len() > MAX_KEYS {
        return Err(TenantsError::KeysCount);
    }
    let mut tx = db.tenant(who).await?;
    if let Some(operator) = operator {
        let known = store::operators::find(&mut tx, operator).await?;
        known.ok_or(TenantsError::OperatorUnknown)?;
    }
    let before = store::api_keys::lock_named(&mut tx, &keys, operator).await?;
    let known: BTreeSet<ApiKeyId> = before.iter().map(|key| key.id).collect();
    if let Some(index) = keys.iter().position(|key| !known.contains(key)) {
        return Err(TenantsError::KeyUnknown(index));
    }
    for key in &before {
        check_gates(gates, key.gates.as_ref())?;
    }
    let reason = reason.map(|text| &**text);
    let mut after = Vec::with_capacity(before.len());
    let mut changed = false;
    for key in before {
        let Some(revoked) = store::api_keys::revoke(&mut tx, key.id, reason).await? else {
            after.push(key);
            continue;
        };
        tx.record(ApiKeyRevokedV1 {
            key_id: revoked.id,
            state: KeyState::Revoked.as_str().to_owned(),
            revoked_at: revoked.updated_at,
            reason: revoked.revoked_reason.clone(),
        })?;
        after.push(revoked);
        changed = true;
    }
    let epoch = if changed { tx.commit().await? } else { tx.epoch().await? };
    Ok((after, epoch))
}
