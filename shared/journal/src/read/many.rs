//! Receipts of a whole page: one statement for its batches, and one for so many of their leaves
//! as fit into memory lightly. Every tree is hashed once, however many of its leaves are wanted.

use std::collections::HashMap;

use chrono::NaiveDate;
use gw_crypto::{
    Hash,
    merkle::{Batch, Frontier},
    receipt::Receipt,
};
use gw_db::TenantTx;

use super::{ReadError, batches::StoredBatch};

/// So many leaves are read at a time.
const MAX_LEAVES: i64 = 65_536;

/// The receipts of decisions, by their positions in the bound tenant's log: the same as
/// [`receipt`](super::receipt) makes one at a time.
///
/// # Errors
/// When there is no such entry, one is administrative, or the database fails.
pub async fn receipts(
    tx: &mut TenantTx,
    indices: &[u64],
) -> Result<HashMap<u64, Receipt>, ReadError> {
    let mut wanted: Vec<i64> =
        indices.iter().map(|index| position(*index)).collect::<Result<_, _>>()?;
    wanted.sort_unstable();
    wanted.dedup();
    let batches = batches_of(tx, &wanted).await?;
    let mut receipts = HashMap::with_capacity(wanted.len());
    let mut wanted = wanted.into_iter().peekable();
    for part in parts(&batches) {
        let mut leaves = leaves(tx, part).await?.into_iter().peekable();
        for batch in part {
            let own = std::iter::from_fn(|| leaves.next_if(|leaf| leaf.0 < batch.own.size));
            let tree = batch.tree(own.map(|leaf| leaf.1).collect())?;
            while let Some(index) = wanted.next_if(|index| *index < batch.own.size) {
                let receipt = batch.receipt(index, &tree)?;
                receipts.insert(receipt.index, receipt);
            }
        }
    }
    match wanted.next() {
        Some(index) => Err(ReadError::NoEntry(unsigned(index))),
        None => Ok(receipts),
    }
}

/// A batch, and the compact range that it was appended to.
struct Appended {
    own: StoredBatch,
    before: Frontier,
}

impl Appended {
    /// The tree that ends with the batch, if its leaves lead to what was stored of it.
    fn tree(&self, leaves: Vec<Hash>) -> Result<Batch, ReadError> {
        let tree = Batch::new(self.before.clone(), leaves);
        if tree.after() == self.own.frontier()? { Ok(tree) } else { Err(self.broken()) }
    }

    fn receipt(&self, index: i64, tree: &Batch) -> Result<Receipt, ReadError> {
        let index = unsigned(index);
        let checkpoint = self.own.checkpoint.clone().ok_or(ReadError::NoCheckpoint(index))?;
        Ok(Receipt { index, path: tree.path(index), checkpoint })
    }

    fn broken(&self) -> ReadError {
        ReadError::Broken(unsigned(self.own.size))
    }
}

/// The batches that these entries were written in, from the oldest.
async fn batches_of(tx: &mut TenantTx, wanted: &[i64]) -> Result<Vec<Appended>, ReadError> {
    let rows = sqlx::query!(
        r#"select distinct b.prev as "prev!", b.size as "size!", b.epoch as "epoch!",
               (b.at at time zone 'UTC')::date as "day!", b.frontier as "frontier!", b.checkpoint,
               coalesce(p.size, 0) as "before_size!", coalesce(p.frontier, '') as "before!"
           from unnest($1::bigint[]) as wanted(idx)
           cross join lateral (
               select prev, size, epoch, at, frontier, checkpoint from journal.published_batches
               where prev <= wanted.idx order by prev desc limit 1) b
           left join lateral (
               select size, frontier from journal.published_batches
               where prev < b.prev order by prev desc limit 1) p on true
           order by 1"#,
        wanted,
    )
    .fetch_all(tx.conn())
    .await?;
    let appended = rows.into_iter().map(|row| {
        let (prev, size, epoch, day) = (row.prev, row.size, row.epoch, row.day);
        let (frontier, checkpoint) = (row.frontier, row.checkpoint);
        let own = StoredBatch { prev, size, epoch, day, frontier, checkpoint };
        let before = Frontier::from_parts(unsigned(prev), &row.before);
        match before {
            Ok(before) if row.before_size == prev => Ok(Appended { own, before }),
            _ => Err(ReadError::Broken(unsigned(prev))),
        }
    });
    appended.collect()
}

/// Cuts the batches so that no part has too many leaves, save where a single batch does.
fn parts(batches: &[Appended]) -> impl Iterator<Item = &[Appended]> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut leaves = 0;
        let fit = rest.iter().take_while(|batch| {
            leaves += batch.own.size - batch.own.prev;
            leaves <= MAX_LEAVES
        });
        let (part, later) = rest.split_at(fit.count().max(1).min(rest.len()));
        rest = later;
        (!part.is_empty()).then_some(part)
    })
}

/// The positions and hashes of all leaves of these batches, in order.
async fn leaves(tx: &mut TenantTx, batches: &[Appended]) -> Result<Vec<(i64, Hash)>, ReadError> {
    let prevs: Vec<i64> = batches.iter().map(|batch| batch.own.prev).collect();
    let sizes: Vec<i64> = batches.iter().map(|batch| batch.own.size).collect();
    let days: Vec<NaiveDate> = batches.iter().map(|batch| batch.own.day).collect();
    let rows = sqlx::query!(
        r#"select e.idx as "idx!", e.hash as "hash!"
           from unnest($1::bigint[], $2::bigint[], $3::date[]) as batch(prev, size, day)
           cross join lateral (
               select idx, hash from journal.published_entries
               where idx >= batch.prev and idx < batch.size and day = batch.day) e
           order by e.idx"#,
        &prevs,
        &sizes,
        &days,
    )
    .fetch_all(tx.conn())
    .await?;
    let leaf = |idx, hash: Vec<u8>| {
        let hash = hash.try_into().map_err(|_| ReadError::Broken(unsigned(idx)))?;
        Ok((idx, hash))
    };
    rows.into_iter().map(|row| leaf(row.idx, row.hash)).collect()
}

fn position(index: u64) -> Result<i64, ReadError> {
    i64::try_from(index).map_err(|_| ReadError::NoEntry(index))
}

fn unsigned(position: i64) -> u64 {
    u64::try_from(position).unwrap_or_default()
}
