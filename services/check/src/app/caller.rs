use std::{num::NonZeroU32, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use gw_decision::{GateRef, PresentedKey, Refusal};
use gw_journal::SubmitError;
use gw_kernel::{Epoch, TenantId};
use http::HeaderMap;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{CheckError, Refused};
use crate::{
    Context,
    domain::{Asker, RequestError},
    refusals::Asking,
    snapshot::{Loaded, SnapshotError},
};

/// How long a check may take where its caller does not say.
const DEADLINE: Duration = Duration::from_secs(2);
/// The longest that a caller may ask for, in milliseconds.
const MAX_DEADLINE_MS: u64 = 30_000;

/// Somebody whose key is genuine and in force. What it is good for, the pipeline says.
pub(crate) struct KnownCaller {
    /// The key's tenant.
    pub(super) tenant: TenantId,
    /// The key.
    pub(super) key: PresentedKey,
    /// The key of the HMAC of the tenant's arguments.
    pub(super) arguments_key: Arc<Zeroizing<[u8; 32]>>,
    /// How long the caller waits for an answer, once the body is there.
    pub(super) patience: Duration,
    /// How many checks it may ask for in a minute, where that is its own.
    pub(super) own_limit: Option<NonZeroU32>,
    /// How many its tenant may ask for in a second.
    pub(super) tenant_limit: NonZeroU32,
}

impl KnownCaller {
    /// What it asks of a gate has besides its body.
    pub(super) fn asks<'a>(&'a self, gate: GateRef, headers: &'a HeaderMap) -> Asker<'a> {
        let (tenant, key, arguments_key) = (self.tenant, self.key.clone(), &self.arguments_key);
        Asker { tenant, key, arguments_key, gate, headers }
    }
}

/// Compares the key's secret, before a byte of the body is read: strangers send none, and neither
/// does whoever asks too often.
pub(crate) async fn known_caller(
    ctx: &Context,
    asking: &mut Asking,
    tenant: TenantId,
    key: PresentedKey,
    headers: &HeaderMap,
) -> Result<KnownCaller, CheckError> {
    let wanted = patience(headers);
    let limit = *wanted.as_ref().unwrap_or(&DEADLINE);
    let in_time = timeout(limit, find(ctx, asking, tenant, &key)).await;
    let loaded = in_time.unwrap_or(Err(SnapshotError::Stale)).map_err(unknown)?;
    let own = loaded.snapshot.keys.get(&key.id).and_then(|known| known.checks_per_minute);
    let tenant_limit = loaded.checks_per_second;
    asking.takes(ctx.limits.key(key.id, own, NonZeroU32::MIN))?;
    asking.takes(ctx.limits.tenant(tenant, tenant_limit, NonZeroU32::MIN))?;
    if headers.contains_key("gatewright-tenant") {
        return Err(CheckError::TenantNamed);
    }
    let arguments_key = Arc::clone(&loaded.arguments_key);
    let patience = wanted?;
    Ok(KnownCaller { tenant, key, arguments_key, patience, own_limit: own, tenant_limit })
}

/// A key that is not there yet may have been made just now, so that is looked at again before it
/// is unknown.
async fn find(
    ctx: &Context,
    asking: &mut Asking,
    tenant: TenantId,
    key: &PresentedKey,
) -> Result<Arc<Loaded>, SnapshotError> {
    let now = ctx.db.clock().now();
    let loaded = ctx.snapshots.at_least(tenant, Epoch::default()).await?;
    if admits(&loaded, key, now) {
        asking.is_key(tenant, key.id);
        return Ok(loaded);
    }
    let loaded = ctx.snapshots.fresh(tenant).await?;
    let known = loaded.snapshot.keys.get(&key.id);
    if known.is_some_and(|known| known.had_secret(&key.secret_sha256)) {
        asking.is_key(tenant, key.id);
    }
    if admits(&loaded, key, now) { Ok(loaded) } else { Err(SnapshotError::Unknown) }
}

fn admits(loaded: &Loaded, key: &PresentedKey, now: DateTime<Utc>) -> bool {
    loaded.snapshot.keys.get(&key.id).is_some_and(|known| {
        let genuine = known.has_secret(&key.secret_sha256, now);
        let expired = known.expires_at.is_some_and(|expires_at| now >= expires_at);
        genuine && !known.revoked && !expired
    })
}

fn unknown(error: SnapshotError) -> SubmitError<Refused> {
    match error {
        SnapshotError::Unknown => SubmitError::Refused(Refusal::CallerUnknown.into()),
        SnapshotError::Stale => SubmitError::Stale,
    }
}

/// `Gatewright-Deadline-Ms`, in whole milliseconds.
pub(super) fn patience(headers: &HeaderMap) -> Result<Duration, RequestError> {
    let mut values = headers.get_all("gatewright-deadline-ms").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(DEADLINE),
        (Some(value), None) => {
            let number = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
            let number = number.filter(|number| (1..=MAX_DEADLINE_MS).contains(number));
            number.map(Duration::from_millis).ok_or(RequestError::Deadline)
        }
        _ => Err(RequestError::Deadline),
    }
}
