use gw_contracts::{LogKey, LogKeyRotatedV1};
use gw_crypto::note::VerifierKey;
use gw_db::{Db, Reason};
use gw_kernel::{Actor, Epoch, TenantId};

use crate::{
    app::{bind_customer, epoch_of, record_in_both},
    domain::{NewLogKey, TenantRef},
    error::TenantsError,
    store::{self, log_keys::StoredLogKey},
};

/// What a rotation made of a log's keys.
pub(crate) struct RotatedLogKey {
    pub(crate) tenant: TenantId,
    pub(crate) active: LogKey,
    pub(crate) previous: LogKey,
}

/// Gives a tenant's log a new key.
///
/// The rotation is an entry at some position *p*. The head is held from before *p* is known, so
/// every checkpoint of a size over *p* is signed by the new key and every other one by the old.
#[tracing::instrument(name = "tenants.rotate_log_key", skip_all, fields(tenant = %wanted))]
pub(crate) async fn rotate_log_key(
    db: &Db,
    actor: &Actor,
    wanted: &TenantRef,
) -> Result<(RotatedLogKey, Epoch), TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let tenant = bind_customer(&mut tx, wanted).await?.id;
    let data_key = tx.data_key().await?;
    let old = store::log_keys::active(&mut tx).await?;
    let new = NewLogKey::generate(tenant, &old.origin, &data_key, tx.now(), &mut rand::rng());

    let boundary = tx.hold().await?.next_position + 1;
    store::log_keys::retire(&mut tx, old.id, boundary).await?;
    let now = tx.now();
    store::log_keys::insert(&mut tx, &new, boundary, now).await?;
    let rotated = RotatedLogKey {
        tenant,
        active: LogKey { key_id: new.id, vkey: new.vkey, signs_from: boundary, signs_until: None },
        previous: previous(&old, boundary),
    };
    let event = LogKeyRotatedV1 {
        tenant_id: tenant,
        log_origin: old.origin,
        active: rotated.active.clone(),
        previous: rotated.previous.clone(),
    };
    record_in_both(&mut tx, tenant, event)?;
    let epochs = tx.commit().await?;
    Ok((rotated, epoch_of(&epochs, tenant)))
}

fn previous(old: &StoredLogKey, until: i64) -> LogKey {
    LogKey {
        key_id: old.id,
        vkey: VerifierKey::new(old.origin.clone(), old.public).to_string(),
        signs_from: old.signs_from,
        signs_until: Some(until),
    }
}
