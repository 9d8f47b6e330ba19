//! The rows of a batch, column by column, and the statements that they go with.

use chrono::{DateTime, NaiveDate, Utc};
use tokio_postgres::{Error, Statement, types::ToSql};
use uuid::Uuid;

use crate::{Deciding, connection::Link, settlement::TenantBatch};

/// The rows of a batch, column by column.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    pub(crate) entries: Entries<'a>,
    pub(crate) batches: Batches<'a>,
    pub(crate) counters: Counters<'a>,
    pub(crate) uses: Uses<'a>,
    pub(crate) expired: Expired,
}

#[derive(Default)]
pub(crate) struct Entries<'a> {
    tenants: Vec<Uuid>,
    positions: Vec<i64>,
    days: Vec<NaiveDate>,
    ids: Vec<Uuid>,
    kinds: Vec<&'a str>,
    gates: Vec<Option<Uuid>>,
    moves_epoch: Vec<bool>,
    hashes: Vec<&'a [u8]>,
    bodies: Vec<&'a [u8]>,
    signatures: Vec<Option<&'a [u8]>>,
}

#[derive(Default)]
pub(crate) struct Batches<'a> {
    tenants: Vec<Uuid>,
    prevs: Vec<i64>,
    pub(crate) sizes: Vec<i64>,
    pub(crate) epochs: Vec<i64>,
    ats: Vec<DateTime<Utc>>,
    pub(crate) frontiers: Vec<Vec<u8>>,
    pub(crate) checkpoints: Vec<&'a str>,
    pub(crate) tallies: Vec<&'a str>,
}

#[derive(Default)]
pub(crate) struct Counters<'a> {
    tenants: Vec<Uuid>,
    keys: Vec<&'a str>,
    used: Vec<i64>,
    since: Vec<Option<DateTime<Utc>>>,
}

#[derive(Default)]
pub(crate) struct Uses<'a> {
    tenants: Vec<Uuid>,
    keys: Vec<&'a str>,
    positions: Vec<i64>,
    fingerprints: Vec<&'a [u8]>,
    expire_at: Vec<DateTime<Utc>>,
    told: Vec<&'a [u8]>,
}

/// For each tenant that takes keys, how many that are free again it may forget: twice as many, so
/// that they become fewer.
#[derive(Default)]
pub(crate) struct Expired {
    tenants: Vec<Uuid>,
    nows: Vec<DateTime<Utc>>,
    most: Vec<i64>,
}

impl<'a> Rows<'a> {
    /// How many rows there are: of entries, batches, counters and uses.
    pub(crate) fn counts(&self) -> [usize; 4] {
        let (entries, batches) = (self.entries.tenants.len(), self.batches.tenants.len());
        [entries, batches, self.counters.tenants.len(), self.uses.tenants.len()]
    }

    pub(crate) fn of<D: Deciding>(batch: &'a [TenantBatch<D>]) -> Self {
        let mut rows = Self::default();
        for part in batch {
            rows.add(part);
        }
        rows
    }

    fn add<D: Deciding>(&mut self, part: &'a TenantBatch<D>) {
        let tenant = part.tenant.uuid();
        let day = part.now.date_naive();
        let first = signed(part.tree.before().size());
        for (position, record) in (first..).zip(&part.records) {
            let entries = &mut self.entries;
            entries.tenants.push(tenant);
            entries.positions.push(position);
            entries.days.push(day);
            entries.ids.push(record.entry.id);
            entries.kinds.push(record.entry.kind);
            entries.gates.push(record.entry.gate.map(|gate| gate.uuid()));
            entries.moves_epoch.push(record.entry.moves_epoch);
            entries.hashes.push(&record.hash);
            entries.bodies.push(&record.entry.body);
            entries.signatures.push(record.signature.as_ref().map(<[u8; 64]>::as_slice));
        }
        let batches = &mut self.batches;
        batches.tenants.push(tenant);
        batches.prevs.push(first);
        batches.sizes.push(signed(part.tree.size()));
        batches.epochs.push(part.epoch.0);
        batches.ats.push(part.now);
        batches.frontiers.push(part.tree.after().to_bytes());
        batches.checkpoints.push(&part.checkpoint);
        batches.tallies.push(&part.tally);
        for (key, counter) in &part.counters {
            self.counters.tenants.push(tenant);
            self.counters.keys.push(key);
            self.counters.used.push(counter.used);
            self.counters.since.push(counter.since);
        }
        self.add_uses(part);
    }

    fn add_uses<D: Deciding>(&mut self, part: &'a TenantBatch<D>) {
        let tenant = part.tenant.uuid();
        for (key, taken) in &part.uses {
            let uses = &mut self.uses;
            uses.tenants.push(tenant);
            uses.keys.push(key);
            uses.positions.push(signed(taken.index));
            uses.fingerprints.push(&taken.fingerprint);
            uses.expire_at.push(taken.expires_at);
            uses.told.push(&taken.told);
        }
        if !part.uses.is_empty() {
            self.expired.tenants.push(tenant);
            self.expired.nows.push(part.now);
            self.expired.most.push(i64::try_from(2 * part.uses.len()).unwrap_or(i64::MAX));
        }
    }
}

/// A statement's parameter.
pub(crate) type Param<'a> = &'a (dyn ToSql + Sync);

impl Entries<'_> {
    /// What stands in each entry, in the order of the statements that write them: all but whose it is
    /// and where.
    pub(crate) fn contents(&self) -> [Param<'_>; 7] {
        [
            &self.ids,
            &self.kinds,
            &self.gates,
            &self.moves_epoch,
            &self.hashes,
            &self.bodies,
            &self.signatures,
        ]
    }
}

/// Runs a statement over columns of rows, unless there is no row.
async fn insert(
    link: &Link,
    statement: &Statement,
    tenants: &[Uuid],
    columns: &[&(dyn ToSql + Sync)],
) -> Result<u64, Error> {
    if tenants.is_empty() { Ok(0) } else { link.client.execute(statement, columns).await }
}

/// Writes leaves and tenants; answers how many rows of each there are.
pub(crate) async fn write(
    link: &Link,
    entries: &Entries<'_>,
    batches: &Batches<'_>,
) -> Result<[i64; 2], Error> {
    let places: [Param<'_>; 3] = [&entries.tenants, &entries.positions, &entries.days];
    let batches: [Param<'_>; 8] = [
        &batches.tenants,
        &batches.prevs,
        &batches.sizes,
        &batches.epochs,
        &batches.ats,
        &batches.frontiers,
        &batches.checkpoints,
        &batches.tallies,
    ];
    let columns = [&places[..], &entries.contents(), &batches].concat();
    let written = link.client.query_one(&link.statements.write, &columns).await?;
    Ok([written.try_get(0)?, written.try_get(1)?])
}

impl Counters<'_> {
    pub(crate) async fn insert(&self, link: &Link, statement: &Statement) -> Result<u64, Error> {
        let columns: [&(dyn ToSql + Sync); 4] =
            [&self.tenants, &self.keys, &self.used, &self.since];
        insert(link, statement, &self.tenants, &columns).await
    }
}

impl Uses<'_> {
    pub(crate) async fn insert(&self, link: &Link, statement: &Statement) -> Result<u64, Error> {
        let columns: [&(dyn ToSql + Sync); 6] = [
            &self.tenants,
            &self.keys,
            &self.positions,
            &self.fingerprints,
            &self.expire_at,
            &self.told,
        ];
        insert(link, statement, &self.tenants, &columns).await
    }
}

impl Expired {
    pub(crate) async fn forget(&self, link: &Link, statement: &Statement) -> Result<u64, Error> {
        let columns: [&(dyn ToSql + Sync); 3] = [&self.tenants, &self.nows, &self.most];
        insert(link, statement, &self.tenants, &columns).await
    }
}

/// Sizes and positions come from a `bigint`, and go back into one.
pub(crate) fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
