//! The log's public face: its key for anybody, its newest checkpoint for the tenant.

use std::sync::Arc;

use gw_crypto::note::VerifierKey;
use gw_journal::read;
use gw_kernel::{Epoch, TenantId};
use gw_web::{Caller, permissions::ReadLog};
use serde_json::{Value, json};

use super::ReadError;
use crate::{
    Context,
    snapshot::{Loaded, SnapshotError},
};

/// The log's key, as C2SP tools take it.
pub(crate) async fn verifier_key(ctx: &Context, tenant: TenantId) -> Result<String, ReadError> {
    let loaded = public(ctx, tenant).await?;
    Ok(VerifierKey::new(&loaded.log.origin, loaded.log.key.public()).to_string())
}

/// The tenant's public keys, as JOSE tools take them.
pub(crate) async fn jwks(ctx: &Context, tenant: TenantId) -> Result<Value, ReadError> {
    let loaded = public(ctx, tenant).await?;
    let log = (loaded.log_key.to_string(), loaded.log.key.public());
    let stating = loaded.statement_keys.iter().map(|(kid, key)| (kid.to_string(), *key));
    let keys: Vec<Value> =
        std::iter::once(log).chain(stating).map(|(kid, key)| key.to_jwk(&kid)).collect();
    Ok(json!({ "keys": keys }))
}

/// A tenant that anybody may ask about, by its full id.
async fn public(ctx: &Context, tenant: TenantId) -> Result<Arc<Loaded>, ReadError> {
    let known = ctx.db.directory("tenant", tenant.uuid()).await?;
    let tenant = known.ok_or(SnapshotError::Unknown)?;
    Ok(ctx.snapshots.at_least(tenant, Epoch::default()).await?)
}

/// The newest size and root of the log, signed by its key. Stored nowhere: the note holds no time
/// and the signature is deterministic, so that all replicas answer the same bytes.
pub(crate) async fn checkpoint(
    ctx: &Context,
    caller: &Caller<ReadLog>,
    tenant: TenantId,
) -> Result<String, ReadError> {
    if caller.tenant != tenant {
        return Err(ReadError::NoTenant);
    }
    let loaded = ctx.snapshots.at_least(tenant, Epoch::default()).await?;
    let mut tx = ctx.db.tenant(caller).await?;
    let checkpoint = read::newest_checkpoint(&mut tx, &loaded.log).await?;
    tx.end_reading().await?;
    Ok(checkpoint)
}
