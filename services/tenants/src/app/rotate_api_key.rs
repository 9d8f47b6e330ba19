use std::collections::BTreeSet;

use gw_contracts::ApiKeyRotatedV1;
use gw_db::Db;
use gw_kernel::{ApiKeyId, Epoch, GateId, Identity, Overlap, ScopeSet, TenantId};
use secrecy::SecretString;

use crate::{
    domain::{ApiKey, ChecksPerMinute, Creator, KeyState, ReasonText, check_grant, random},
    error::TenantsError,
    store,
};

/// How a key is rotated.
#[derive(Debug)]
pub(crate) struct Rotation {
    /// For how long the secret that is replaced is still accepted.
    pub(crate) overlap: Overlap,
    pub(crate) reason: Option<ReasonText>,
}

/// Gives a key a new secret. It keeps its id, so that what it did and does stays attributable, and
/// so that revoking it ends both secrets.
///
/// Whoever rotates a key learns its secret, so nobody rotates one that may do more than their own.
#[tracing::instrument(name = "tenants.rotate_api_key", skip_all, fields(key.id = %id))]
pub(crate) async fn rotate_api_key(
    db: &Db,
    who: &Identity,
    scopes: &ScopeSet,
    gates: Option<&BTreeSet<GateId>>,
    id: ApiKeyId,
    rotation: Rotation,
) -> Result<(ApiKey, SecretString, Epoch), TenantsError> {
    let platform = who.tenant == TenantId::PLATFORM;
    let mut tx = db.tenant(who).await?;
    let now = tx.now();
    let mut key = store::api_keys::find(&mut tx, id).await?.ok_or(TenantsError::KeyNotFound)?;
    check_grant(Creator { platform, scopes, gates }, &key.scopes, key.gates.as_ref())?;
    if key.state(now) != KeyState::Active {
        return Err(TenantsError::KeyEnded);
    }
    let from = store::api_keys::secret(&mut tx, id).await?.ok_or(TenantsError::KeyNotFound)?;

    let in_text = Some(who.tenant).filter(|_| !platform);
    let (text, to, _) = gw_web::api_key::generate(in_text, id, random(&mut rand::rng()));
    let overlap = rotation.overlap;
    let until = Some(overlap.ends_at(now)).filter(|_| !overlap.is_none());
    if !store::api_keys::rotate(&mut tx, id, (&from, &to), until).await? {
        return Err(TenantsError::KeyRotationRaced);
    }
    (key.rotated_at, key.previous_until, key.updated_at) = (Some(now), until, now);
    tx.record(ApiKeyRotatedV1 {
        key_id: id,
        rotated_at: now,
        previous_until: until,
        scopes: key.scopes.clone(),
        gates: key.gates.as_ref().map(|gates| gates.iter().copied().collect()),
        checks_per_minute: key.checks_per_minute.map(ChecksPerMinute::get),
        expires_at: key.expires_at,
        state: KeyState::Active.as_str().to_owned(),
        reason: rotation.reason.map(ReasonText::into_string),
    })?;
    let epoch = tx.commit().await?;
    Ok((key, text, epoch))
}
