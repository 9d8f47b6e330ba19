use std::{sync::Arc, time::Duration};

use axum::http::HeaderMap;
use gw_crypto::constant_time_eq;
use gw_decision::{GateRef, PresentedKey, Refusal};
use gw_journal::{DecideError, Deciding as _, Recorded, SubmitError};
use gw_kernel::{Epoch, Fault, FaultKind, Scope, TenantId};
use tokio::time::{Instant, timeout_at};

use super::{Answered, Refused};
use crate::{
    Context,
    domain::{Asked, RequestError},
    snapshot::{Loaded, SnapshotError},
};

/// How long a check may take where its caller does not say.
const DEADLINE: Duration = Duration::from_secs(2);
/// The longest that a caller may ask for, in milliseconds.
const MAX_DEADLINE_MS: u64 = 30_000;

/// Why a check has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// It cannot be read.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A header that only the platform's staff may send, who ask no gates.
    #[error("`Gatewright-Tenant` is for platform keys")]
    TenantNamed,
    /// It could not be decided, or not be recorded.
    #[error(transparent)]
    Journal(#[from] SubmitError<Refused>),
}

impl CheckError {
    /// The scope that the caller lacks, where that is the matter.
    pub(crate) fn required_scope(&self) -> Option<Scope> {
        match self {
            Self::Journal(SubmitError::Refused(refused)) => refused.required_scope(),
            _ => None,
        }
    }
}

impl Fault for CheckError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::TenantNamed => FaultKind::Forbidden,
            Self::Journal(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Request(error) => error.code(),
            Self::TenantNamed => "caller.forbidden",
            Self::Journal(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Request(error) => error.pointer(),
            Self::Journal(SubmitError::Refused(refused)) => refused.pointer(),
            Self::Journal(_) | Self::TenantNamed => None,
        }
    }
}

/// Decides a check and has it recorded: when this answers, the record is durable.
#[tracing::instrument(name = "check", skip_all, fields(tenant = %tenant))]
pub(crate) async fn check(
    ctx: &Context,
    tenant: TenantId,
    key: PresentedKey,
    gate: GateRef,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Recorded<Answered>, CheckError> {
    let deadline = Instant::now() + deadline(headers)?;
    let in_time = timeout_at(deadline, known_caller(ctx, tenant, &key)).await;
    let loaded = in_time.unwrap_or(Err(SubmitError::Stale))?;
    if headers.contains_key("gatewright-tenant") {
        return Err(CheckError::TenantNamed);
    }

    let mut asked = Asked::read(tenant, key, gate, headers, body)?;
    let credential = asked.question.credential;
    asked.question.credential = ctx.decider.recall(credential, loaded.snapshot.epoch);
    let min_epoch = asked.min_epoch;
    let asked = Arc::new(asked);

    let deciding = ctx.decider.decide(&asked, Epoch::default());
    let in_time = timeout_at(deadline, deciding).await;
    let decided = in_time.unwrap_or(Err(DecideError::Stale)).map_err(undecided)?;
    Ok(ctx.journal.submit(asked, decided, deadline, min_epoch).await?)
}

/// A stranger's body is not read: the secret is compared first. A key that is not there yet may
/// have been made just now, so that is looked at again before it is unknown.
async fn known_caller(
    ctx: &Context,
    tenant: TenantId,
    key: &PresentedKey,
) -> Result<Arc<Loaded>, SubmitError<Refused>> {
    let loaded = ctx.snapshots.at_least(tenant, Epoch::default()).await.map_err(unknown)?;
    if knows(&loaded, key) {
        return Ok(loaded);
    }
    let loaded = ctx.snapshots.fresh(tenant).await.map_err(unknown)?;
    if knows(&loaded, key) { Ok(loaded) } else { Err(unknown(SnapshotError::Unknown)) }
}

fn knows(loaded: &Loaded, key: &PresentedKey) -> bool {
    let known = loaded.snapshot.keys.get(&key.id);
    known.is_some_and(|known| constant_time_eq(&known.secret_sha256, &key.secret_sha256))
}

fn undecided(error: DecideError<Refused>) -> SubmitError<Refused> {
    match error {
        DecideError::Refused(refused) => SubmitError::Refused(refused),
        DecideError::Stale => SubmitError::Stale,
    }
}

fn unknown(error: SnapshotError) -> SubmitError<Refused> {
    match error {
        SnapshotError::Unknown => SubmitError::Refused(Refusal::CallerUnknown.into()),
        SnapshotError::Stale => SubmitError::Stale,
    }
}

/// `Gatewright-Deadline-Ms`, in whole milliseconds.
fn deadline(headers: &HeaderMap) -> Result<Duration, RequestError> {
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
