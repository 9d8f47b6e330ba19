//! Following the log: what its entries say is kept together with how far they were read.

use std::time::{Duration, Instant};

use gw_db::{Db, Reason};
use gw_kernel::TenantId;

use crate::{
    domain::{Compared, Stretch},
    query_error::QueryError,
    store,
};

/// So many entries are digested in one transaction.
pub(crate) const PAGE: usize = 1_000;
/// After so many of them others have their turn: reading a page takes as long as many checks.
const TURN: usize = 50;
/// How long somebody who asks waits for what has not been digested yet.
const PATIENCE: Duration = Duration::from_secs(1);

/// Digests the next entries of a tenant's log; answers how many there were.
///
/// The cursor moves in the transaction that keeps what the entries say, and only one transaction at
/// a time has it. So whoever dies or is raced on the way leaves nothing, and an entry counts once.
#[tracing::instrument(name = "audit.digest", skip_all, fields(%tenant))]
pub(crate) async fn digest(db: &Db, tenant: TenantId) -> Result<usize, QueryError> {
    let mut tx = db.platform(Reason::Machinery("audit")).await?;
    tx.bind(tenant).await?;
    let cursor = store::cursors::lock(&mut tx).await?;
    let facts = store::feed::after(&mut tx, cursor, PAGE).await?;
    if facts.is_empty() {
        return Ok(0);
    }
    let mut stretch = Stretch::at(cursor);
    for some in facts.chunks(TURN) {
        stretch.read(some)?;
        tokio::task::yield_now().await;
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
    Ok(facts.len())
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
