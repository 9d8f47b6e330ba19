use gw_crypto::seal::DataKey;
use gw_db::TenantTx;
use gw_kernel::RootKeyId;
use rand::Rng;
use zeroize::Zeroizing;

use crate::{
    domain::{RootKey, StatementKey},
    error::CapabilityError,
    store,
};

/// The tenant's root key: made now if this is its first mint.
///
/// Of first mints at once, one makes the key; the others wait for it and use it. A key from before
/// there were statements gets the key that signs them.
pub(super) async fn active_or_first(
    tx: &mut TenantTx,
    data_key: &DataKey,
) -> Result<RootKey, CapabilityError> {
    if let Some(key) = stating(store::root_keys::active(tx).await?) {
        return Ok(key);
    }
    // The head first, and the row after it, as whoever rotates does: nobody waits in a circle.
    tx.hold().await?;
    let key = match store::root_keys::active(tx).await? {
        Some(key) if key.statement.is_some() => return Ok(key),
        Some(mut key) => {
            let statement = new_statement_key(tx, key.id, data_key);
            store::root_keys::add_statement_key(tx, key.id, &statement).await?;
            key.statement = Some(statement);
            key
        }
        None => make(tx, data_key).await?,
    };
    tx.record(key.created())?;
    Ok(key)
}

/// Makes a key that is minted under from now on. The tenant's head is held, and no other is active.
pub(super) async fn make(
    tx: &mut TenantTx,
    data_key: &DataKey,
) -> Result<RootKey, CapabilityError> {
    let id = RootKeyId::at(tx.now(), rand::random());
    let mut secret = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(secret.as_mut_slice());
    let mut key = RootKey::seal(tx.tenant(), id, &secret, rand::random(), data_key, tx.now());
    key.statement = Some(new_statement_key(tx, id, data_key));
    store::root_keys::insert(tx, &key).await?;
    Ok(key)
}

fn new_statement_key(tx: &TenantTx, id: RootKeyId, data_key: &DataKey) -> StatementKey {
    StatementKey::seal(tx.tenant(), id, rand::random(), rand::random(), data_key)
}

fn stating(key: Option<RootKey>) -> Option<RootKey> {
    key.filter(|key| key.statement.is_some())
}
