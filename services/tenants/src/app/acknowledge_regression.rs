use gw_contracts::{LogKey, LogRegressionAcknowledgedV1, LostCheckpoint};
use gw_crypto::note::VerifierKey;
use gw_db::{Db, Reason};
use gw_kernel::{Actor, Epoch};

use crate::{
    app::{bind_customer, epoch_of, record_in_both},
    domain::{NewLogKey, ReasonText, TenantRef},
    error::TenantsError,
    store,
};

/// Lets a log that lost entries go on from where it is.
///
/// The log gets a new origin and a new key, which sign from the acknowledgement's own entry on: a
/// receipt of what was lost is one of a key outside of its positions. Every replica drops what it
/// knew of the log, and of the tenant's configuration, from before that entry.
#[tracing::instrument(name = "tenants.acknowledge_regression", skip_all, fields(tenant = %wanted))]
pub(crate) async fn acknowledge_regression(
    db: &Db,
    issuer_host: &str,
    actor: &Actor,
    wanted: &TenantRef,
    reason: ReasonText,
    lost: Option<LostCheckpoint>,
) -> Result<(LogRegressionAcknowledgedV1, Epoch), TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let tenant = bind_customer(&mut tx, wanted).await?.id;
    let data_key = tx.data_key().await?;
    let old = store::log_keys::active(&mut tx).await?;
    let now = tx.now();
    let new = NewLogKey::with_own_origin(tenant, issuer_host, &data_key, now, &mut rand::rng());

    let kept = tx.acknowledge_loss().await?;
    let boundary = kept + 1;
    store::log_keys::retire(&mut tx, old.id, boundary).await?;
    store::log_keys::insert(&mut tx, &new, boundary, now).await?;
    let previous = VerifierKey::new(old.origin.clone(), old.public).to_string();
    let event = LogRegressionAcknowledgedV1 {
        tenant_id: tenant,
        log_origin: new.origin,
        previous_origin: old.origin,
        kept_size: kept,
        lost,
        reason: reason.into_string(),
        active: LogKey { key_id: new.id, vkey: new.vkey, signs_from: boundary, signs_until: None },
        previous: LogKey {
            key_id: old.id,
            vkey: previous,
            signs_from: old.signs_from,
            signs_until: Some(boundary),
        },
    };
    record_in_both(&mut tx, tenant, event.clone())?;
    let epochs = tx.commit().await?;
    Ok((event, epoch_of(&epochs, tenant)))
}
