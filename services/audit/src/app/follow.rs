//! Following the log: what its entries say is kept together with how far they were read.

use std::time::{Duration, Instant};

use gw_db::{Db, PlatformTx, Reason};
use gw_kernel::TenantId;

use crate::{
    domain::{Compared, Cursor, Part, Reading, Stretch},
    query_error::QueryError,
    store,
};

/// So many entries are read in one transaction, and so many batches at most.
pub(crate) const PAGE: i64 = 1_000;
/// So many entries are digested in one, where few have to be read: a transaction has its own cost.
const SPAN: i64 = 10_000;
/// After so many that are read others have their turn: a page takes as long as many checks.
const TURN: usize = 50;
/// How long somebody who asks waits for what has not been digested yet.
const PATIENCE: Duration = Duration::from_secs(1);

/// Digests the next entries of a tenant's log; answers how many there were.
///
/// Where a batch says what its decisions count as, they are not read ([`Reading`]).
///
/// The cursor moves in the transaction that keeps what the entries say, and only one transaction at
/// a time has it. So whoever dies or is raced on the way leaves nothing, and an entry counts once.
#[tracing::instrument(name = "audit.digest", skip_all, fields(%tenant))]
pub(crate) async fn digest(db: &Db, tenant: TenantId) -> Result<i64, QueryError> {
    let mut tx = db.platform(Reason::Machinery("audit")).await?;
    tx.bind(tenant).await?;
    let cursor = store::cursors::lock(&mut tx).await?;
    let stretch = next(&mut tx, cursor).await?;
    let digested = stretch.cursor.next - cursor.next;
    if digested == 0 {
        return Ok(0);
    }
    store::usage::add(&mut tx, &stretch.tally).await?;
    if !stretch.told.is_empty() {
        let states = store::changes::states(&mut tx, &stretch.objects()).await?;
        let compared = Compared::of(stretch.told, states);
        store::changes::insert(&mut tx, &compared.changes).await?;
        store::changes::mention(&mut tx, &compared.mentions).await?;
        store::changes::keep(&mut tx, compared.objects).await?;
        let now = tx.now();
        let resources = store::published::resources(&mut tx, now).await?;
        let near = resources.iter().any(|used| used.is_near());
        store::cursors::set_near_limit(&mut tx, near).await?;
    }
    store::cursors::set(&mut tx, stretch.cursor).await?;
    tx.commit().await?;
    Ok(digested)
}

/// The next entries behind a cursor: counted, or read.
async fn next(tx: &mut PlatformTx, cursor: Cursor) -> Result<Stretch, QueryError> {
    let batches = store::feed::batches(tx, cursor.next, SPAN, PAGE).await?;
    let mut stretch = Stretch::at(cursor);
    let Some(newest) = batches.last() else { return Ok(stretch) };
    let days = cursor.day..=newest.day;
    let reading = Reading::of(cursor.next, PAGE, batches);
    for position in &reading.doubted {
        tracing::warn!(
            position,
            "a batch's tally does not account for its entries, so they are read"
        );
    }
    let facts = store::feed::entries(tx, reading.to_read(), days).await?;
    let mut unread = &facts[..];
    for part in &reading.parts {
        match part {
            Part::Tallied(batch) => stretch.count(batch)?,
            Part::Read(range) => {
                let end = unread.partition_point(|fact| fact.idx < range.end);
                let (here, later) = unread.split_at(end);
                for some in here.chunks(TURN) {
                    stretch.read(some)?;
                    tokio::task::yield_now().await;
                }
                stretch.expects(range.end)?;
                unread = later;
            }
        }
    }
    Ok(stretch)
}

/// Digests what a tenant's log has now, so that whoever asks is told of what they did before. Where
/// that is too much to wait for, or somebody else is at it, the answer says how far it goes.
pub(crate) async fn catch_up(db: &Db, tenant: TenantId) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match behind_and_digested(db, tenant).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%tenant, %error, "the log could not be read to its end");
                return;
            }
        }
    }
}

/// Takes one step, if there is one to take.
async fn behind_and_digested(db: &Db, tenant: TenantId) -> Result<bool, QueryError> {
    let mut tx = db.platform(Reason::Machinery("audit")).await?;
    tx.bind(tenant).await?;
    let standing = store::cursors::standing(&mut tx, tenant).await?;
    drop(tx);
    Ok(standing.known_to < standing.size && digest(db, tenant).await? > 0)
}
