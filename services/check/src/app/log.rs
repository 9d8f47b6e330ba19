//! The log's public face: its keys for anybody, its newest checkpoint for the tenant.

use gw_crypto::{keys::PublicKey, note::VerifierKey};
use gw_journal::read;
use gw_kernel::{Actor, ActorKind, Epoch, Identity, LogKeyId, TenantId};
use gw_web::{Caller, permissions::ReadLog};
use serde_json::{Value, json};

use super::ReadError;
use crate::{Context, snapshot::SnapshotError, store};

/// How often a newer log is looked at when its key was rotated while it was read.
const MAX_LOOKS: usize = 8;

/// A key of the log, as anybody may know it.
struct LogKey {
    id: LogKeyId,
    public: PublicKey,
    vkey: VerifierKey,
    signs_from: i64,
    signs_until: Option<i64>,
}

/// The log's key, as C2SP tools take it: the one that signs now.
pub(crate) async fn verifier_key(ctx: &Context, tenant: TenantId) -> Result<String, ReadError> {
    let keys = log_keys(ctx, tenant).await?;
    let active = keys.into_iter().find(|key| key.signs_until.is_none());
    Ok(active.ok_or(ReadError::NoTenant)?.vkey.to_string())
}

/// The tenant's public keys, as JOSE tools take them. Members of our own: `vkey`, and the sizes of
/// the log that the key signs, from the first to the first that it does not. The keys of
/// capabilities' statements stand behind the log's.
pub(crate) async fn jwks(ctx: &Context, tenant: TenantId) -> Result<Value, ReadError> {
    let keys = log_keys(ctx, tenant).await?;
    let loaded = ctx.snapshots.at_least(tenant, Epoch::default()).await?;
    let stating = loaded.statement_keys.iter().map(|(kid, key)| key.to_jwk(&kid.to_string()));
    let keys: Vec<Value> = keys.iter().map(jwk).chain(stating).collect();
    Ok(json!({ "keys": keys }))
}

fn jwk(key: &LogKey) -> Value {
    let mut jwk = key.public.to_jwk(&key.id.to_string());
    jwk["vkey"] = key.vkey.to_string().into();
    jwk["signs_from"] = key.signs_from.into();
    if let Some(until) = key.signs_until {
        jwk["signs_until"] = until.into();
    }
    jwk
}

/// The keys of a tenant that anybody may ask about, by its full id; newest first.
async fn log_keys(ctx: &Context, tenant: TenantId) -> Result<Vec<LogKey>, ReadError> {
    let known = ctx.db.directory("tenant", tenant.uuid()).await?;
    let tenant = known.ok_or(SnapshotError::Unknown)?;
    let actor = Actor { kind: ActorKind::Machine, id: "anybody".to_owned(), key_id: None };
    let mut tx = ctx.db.tenant(&Identity { tenant, actor }).await?;
    let rows = store::public_log_keys(&mut tx).await?;
    rows.into_iter().map(log_key).collect()
}

fn log_key(row: store::PublicLogKeyRow) -> Result<LogKey, ReadError> {
    let bytes = row.public_key.try_into().ok();
    let public = bytes.and_then(|bytes| PublicKey::from_bytes(bytes).ok());
    let public = public.ok_or(ReadError::Snapshot(SnapshotError::Stale))?;
    Ok(LogKey {
        id: LogKeyId::from_uuid(row.key_id),
        public,
        vkey: VerifierKey::new(row.origin, public),
        signs_from: row.signs_from,
        signs_until: row.signs_until,
    })
}

/// The newest size and root of the log, signed by the key that signs that size. Stored nowhere:
/// the note holds no time and the signature is deterministic, so that all replicas answer the same
/// bytes.
pub(crate) async fn checkpoint(
    ctx: &Context,
    caller: &Caller<ReadLog>,
    tenant: TenantId,
) -> Result<String, ReadError> {
    if caller.tenant != tenant {
        return Err(ReadError::NoTenant);
    }
    let mut tx = ctx.db.tenant(caller).await?;
    for _ in 0..MAX_LOOKS {
        let newest = read::newest(&mut tx).await?;
        // Loaded after it was read, so that no rotation in it is missed; a rotation behind it is
        // seen by the size, and then there is a newer log to sign.
        let loaded = ctx.snapshots.fresh(tenant).await?;
        if loaded.log_from <= newest.size() {
            tx.end_reading().await?;
            return Ok(newest.checkpoint(&loaded.log));
        }
    }
    Err(ReadError::Snapshot(SnapshotError::Stale))
}
