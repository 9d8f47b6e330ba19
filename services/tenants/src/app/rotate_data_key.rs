use gw_contracts::{TenantDataKeyRotatedV1, TenantDataKeyRotationStartedV1};
use gw_crypto::seal::{ARGUMENTS_LABEL, DataKey};
use gw_db::{Db, DbError, PlatformTx, Reason};
use gw_kernel::{Actor, TenantId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    app::record_wherever,
    domain::{Rotation, arguments_key_place, random},
    error::TenantsError,
    store::{self, data_keys::StoredDataKey},
};

/// Gives a tenant a new data key, which everything is sealed under from now on; the old one stays
/// until everything that is there is sealed anew. Answers the rotation that is under way, which
/// may have been another's.
///
/// Whoever was given the old key ends first. The entry moves the epoch, so no check that is decided
/// afterwards comes from a snapshot that knows the old key alone.
#[tracing::instrument(name = "tenants.start_data_key_rotation", skip_all, fields(tenant = %tenant))]
pub(crate) async fn start(
    db: &Db,
    actor: &Actor,
    tenant: TenantId,
) -> Result<Rotation, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    tx.bind(tenant).await?;
    tx.replace_data_key().await?;
    let bytes = Zeroizing::new(random::<32>(&mut rand::rng()));
    let sealed = tx.seal_data_key(&bytes).await?;
    let stored = store::data_keys::lock(&mut tx, tenant).await?;
    let stored = stored.ok_or(TenantsError::TenantNotFound)?;
    if let Some(id) = stored.rotation {
        return Ok(Rotation { id, resumed: true });
    }
    let new = DataKey::from_bytes(*bytes);
    let arguments = arguments_key(&mut tx, &stored, &new).await?;
    let id = Uuid::from_bytes(random(&mut rand::rng()));
    store::data_keys::replace(&mut tx, &stored, &sealed, id, &arguments).await?;
    record_wherever(&mut tx, tenant, TenantDataKeyRotationStartedV1 { tenant_id: tenant })?;
    tx.commit().await?;
    Ok(Rotation { id, resumed: false })
}

/// The key that arguments are authenticated under, as it was, sealed under the new data key.
async fn arguments_key(
    tx: &mut PlatformTx,
    stored: &StoredDataKey,
    new: &DataKey,
) -> Result<Vec<u8>, TenantsError> {
    let tenant = stored.tenant;
    let place = arguments_key_place(tenant, Uuid::nil());
    let old = tx.data_key().await?;
    let kept = match &stored.arguments_sealed {
        Some(sealed) => {
            let unsealed = |_| DbError::Unsealed { tenant, place: place.clone() };
            old.open(&place, sealed).map_err(unsealed)?
        }
        None => Zeroizing::new(old.derive(ARGUMENTS_LABEL).to_vec()),
    };
    Ok(new.seal(random(&mut rand::rng()), &place, &kept))
}

/// Forgets the old data key: everything of this tenant is sealed under the new one. Answers
/// whether it was this rotation that was under way; another one is left alone.
#[tracing::instrument(name = "tenants.finish_data_key_rotation", skip_all, fields(tenant = %tenant))]
pub(crate) async fn finish(
    db: &Db,
    actor: &Actor,
    tenant: TenantId,
    rotation: Rotation,
) -> Result<bool, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    tx.bind(tenant).await?;
    let stored = store::data_keys::lock(&mut tx, tenant).await?;
    let stored = stored.ok_or(TenantsError::TenantNotFound)?;
    if stored.rotation != Some(rotation.id) {
        return Ok(false);
    }
    let now = tx.now();
    store::data_keys::drop_previous(&mut tx, tenant, now).await?;
    record_wherever(&mut tx, tenant, TenantDataKeyRotatedV1 { tenant_id: tenant })?;
    tx.commit().await?;
    Ok(true)
}
