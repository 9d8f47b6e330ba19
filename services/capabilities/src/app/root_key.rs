use gw_contracts::CapabilityRootKeyCreatedV1;
use gw_crypto::seal::DataKey;
use gw_db::TenantTx;
use gw_kernel::RootKeyId;
use rand::Rng;
use zeroize::Zeroizing;

use crate::{domain::RootKey, error::CapabilityError, store};

/// The tenant's root key: made now if this is its first mint.
///
/// Of first mints at once, one makes the key; the others wait for it and use it.
pub(super) async fn active_or_first(
    tx: &mut TenantTx,
    data_key: &DataKey,
) -> Result<RootKey, CapabilityError> {
    if let Some(key) = store::root_keys::active(tx).await? {
        return Ok(key);
    }
    let id = RootKeyId::at(tx.now(), rand::random());
    let mut secret = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(secret.as_mut_slice());
    let key = RootKey::seal(tx.tenant(), id, &secret, rand::random(), data_key, tx.now());

    if store::root_keys::insert_first(tx, &key).await? {
        tx.record(CapabilityRootKeyCreatedV1 { kid: key.id, state: "active".to_owned() })?;
        return Ok(key);
    }
    store::root_keys::active(tx).await?.ok_or(CapabilityError::NoRootKey)
}
