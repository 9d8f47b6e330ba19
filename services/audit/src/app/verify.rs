use std::time::Duration;

use gw_crypto::note::VerifierKey;
use gw_db::{Db, DbError, SnapshotTx};
use gw_kernel::TenantId;

use super::entries::Entries;
use crate::{Anchor, AuditError, Batch, Keyring, Problem, Report, UniqueIds, Verifier, store};

/// No page of rows takes longer to read than this.
pub(super) const PAGE_LIMIT: Duration = Duration::from_secs(120);

/// How many ids are held at a time.
const IDS: i64 = 10_000;

/// How far it is: called after every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many entries are done with.
    pub done: u64,
    /// How many the log says it has.
    pub of: i64,
}

/// Verifies a tenant's whole log, as it is at one moment, against itself, against the anchors and
/// against the log key that is expected, if one is. `db` is in the role `gw_check`.
///
/// The database's snapshot is held as long as that takes: on a long log, read a replica.
///
/// # Errors
/// [`AuditError::Found`], the first thing that does not hold; else when the log cannot be read.
pub async fn verify(
    db: &Db,
    tenant: TenantId,
    log_key: Option<&VerifierKey>,
    anchors: Vec<Anchor>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, AuditError> {
    let mut loader = db.loader_within(PAGE_LIMIT).await?;
    #[expect(clippy::disallowed_methods, reason = "nothing is decided from it: it is verified")]
    let mut tx = loader.snapshot(tenant).await?;
    let keyring = keyring(&mut tx).await?;
    if let Some(given) = log_key {
        keyring.expect_log_key(given)?;
    }
    let of = store::size(&mut tx).await?;
    let mut verifier = Verifier::new(tenant, keyring, anchors)?;
    let mut entries = Entries::default();
    let mut last = None;
    loop {
        let page = store::batches(&mut tx, last).await?;
        let Some(newest) = page.last() else { break };
        last = Some(newest.prev);
        for batch in page {
            take(&mut tx, &mut verifier, batch, &mut entries).await?;
            progress(Progress { done: entries.taken, of });
        }
    }
    if let Some(surplus) = entries.next(&mut tx).await? {
        verifier.entry(&surplus)?;
    }
    counters(&mut tx, &mut verifier).await?;
    for row in store::acknowledgements(&mut tx).await? {
        verifier.acknowledgement(row)?;
    }
    let report = verifier.finish(store::today(&mut tx).await?)?;
    unique_ids(&mut tx, report.size).await?;
    tx.finish().await?;
    Ok(report)
}

/// A tenant's keys; a tenant that is not there has none.
async fn keyring(tx: &mut SnapshotTx<'_>) -> Result<Keyring, AuditError> {
    let tenant = tx.tenant();
    let log = store::log_keys(tx).await?;
    if log.is_empty() {
        return Err(Problem::NoLog.anywhere().into());
    }
    let gates = store::gate_keys(tx).await?;
    let data_key = tx.data_key().await.map_err(|error| match error {
        DbError::NoDataKey(_) | DbError::Sealed(_) => Problem::DataKey.anywhere().into(),
        other => AuditError::Db(other),
    })?;
    Ok(Keyring::open(tenant, &data_key, log, gates)?)
}

async fn take(
    tx: &mut SnapshotTx<'_>,
    verifier: &mut Verifier,
    batch: Batch,
    entries: &mut Entries,
) -> Result<(), AuditError> {
    verifier.batch(batch)?;
    while verifier.expects_entry() {
        match entries.next(tx).await? {
            Some(entry) => verifier.entry(&entry)?,
            None => break,
        }
    }
    Ok(())
}

async fn counters(tx: &mut SnapshotTx<'_>, verifier: &mut Verifier) -> Result<(), AuditError> {
    let mut last: Option<String> = None;
    loop {
        let page = store::counters(tx, last.as_deref()).await?;
        let Some(newest) = page.last() else { return Ok(()) };
        last = Some(newest.key.clone());
        for row in &page {
            verifier.counter(row)?;
        }
    }
}

async fn unique_ids(tx: &mut SnapshotTx<'_>, size: u64) -> Result<(), AuditError> {
    let mut ids = UniqueIds::default();
    let mut last = None;
    loop {
        let page = store::ids(tx, last.as_ref(), IDS).await?;
        for row in &page {
            ids.take(row.id)?;
        }
        match page.into_iter().next_back() {
            Some(newest) => last = Some(newest),
            None => return Ok(ids.finish(size)?),
        }
    }
}
