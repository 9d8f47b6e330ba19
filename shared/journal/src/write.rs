//! The second flight: the batch in one statement, and the commit with it.

use chrono::{DateTime, NaiveDate, Utc};
use tokio_postgres::{Error, types::ToSql};
use uuid::Uuid;

use crate::{Deciding, connection::Link, intake::Unknown, settlement::TenantBatch};

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is durable.
    Committed,
    /// It certainly was not written, because of what is in it.
    Rejected(String),
    /// It certainly was not written.
    RolledBack(String),
    /// It was sent, and nothing certain was heard.
    Unknown(String),
}

/// The rows of a batch, column by column.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    entries: Entries<'a>,
    batches: Batches<'a>,
    counter_tenants: Vec<Uuid>,
    counter_keys: Vec<&'a str>,
    counter_used: Vec<i64>,
    counter_since: Vec<Option<DateTime<Utc>>>,
    uses: Uses<'a>,
    expired: Expired,
}

#[derive(Default)]
struct Entries<'a> {
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
struct Batches<'a> {
    tenants: Vec<Uuid>,
    prevs: Vec<i64>,
    sizes: Vec<i64>,
    epochs: Vec<i64>,
    ats: Vec<DateTime<Utc>>,
    frontiers: Vec<Vec<u8>>,
    checkpoints: Vec<&'a str>,
}

#[derive(Default)]
struct Uses<'a> {
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
struct Expired {
    tenants: Vec<Uuid>,
    nows: Vec<DateTime<Utc>>,
    most: Vec<i64>,
}

impl<'a> Rows<'a> {
    pub(crate) fn of<D: Deciding>(batch: &'a [TenantBatch<D>]) -> Self {
        let mut rows = Self::default();
        for part in batch {
            rows.add(part);
        }
        rows
    }

    /// Writes the rows and commits. Never cancelled: when the answer does not come in time, the
    /// commit may still happen.
    pub(crate) async fn commit(&self, link: &Link) -> Fate {
        link.hush();
        let flight = async {
            // Polled together, they are sent together: the commit does not wait for the write.
            let commit = link.client.batch_execute("commit");
            let (forgotten, written, committed) =
                futures::join!(self.forget(link), self.write(link), commit);
            (forgotten.and(written), committed)
        };
        match tokio::time::timeout(link.patience, flight).await {
            Ok((written, committed)) => self.fate(link, written, committed),
            Err(_) => Fate::Unknown("the commit was not answered in time".to_owned()),
        }
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
        for (key, counter) in &part.counters {
            self.counter_tenants.push(tenant);
            self.counter_keys.push(key);
            self.counter_used.push(counter.used);
            self.counter_since.push(counter.since);
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

    /// Sent only where the batch takes keys.
    async fn forget(&self, link: &Link) -> Result<(), Error> {
        let Expired { tenants, nows, most } = &self.expired;
        if tenants.is_empty() {
            return Ok(());
        }
        link.client.execute(&link.statements.forget, &[tenants, nows, most]).await.map(drop)
    }

    /// How many rows of each kind the statement says it wrote.
    async fn write(&self, link: &Link) -> Result<[i64; 4], Error> {
        let (entries, batches, uses) = (&self.entries, &self.batches, &self.uses);
        let params: [&(dyn ToSql + Sync); 27] = [
            &entries.tenants,
            &entries.positions,
            &entries.days,
            &entries.ids,
            &entries.kinds,
            &entries.gates,
            &entries.moves_epoch,
            &entries.hashes,
            &entries.bodies,
            &entries.signatures,
            &batches.tenants,
            &batches.prevs,
            &batches.sizes,
            &batches.epochs,
            &batches.ats,
            &batches.frontiers,
            &batches.checkpoints,
            &self.counter_tenants,
            &self.counter_keys,
            &self.counter_used,
            &self.counter_since,
            &uses.tenants,
            &uses.keys,
            &uses.positions,
            &uses.fingerprints,
            &uses.expire_at,
            &uses.told,
        ];
        let row = link.client.query_one(&link.statements.write, &params).await?;
        Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?])
    }

    /// A commit behind a failed write reports success and is a rollback, so the write's own
    /// answer comes first.
    fn fate(
        &self,
        link: &Link,
        written: Result<[i64; 4], Error>,
        committed: Result<(), Error>,
    ) -> Fate {
        let (entries, batches) = (self.entries.ids.len(), self.batches.sizes.len());
        let wanted = [entries, batches, self.counter_keys.len(), self.uses.keys.len()];
        match (written, committed) {
            (Err(error), _) if error.as_db_error().is_some() => refused(&error),
            (Err(error), Ok(())) => Fate::Rejected(error.to_string()),
            (Err(error), Err(_)) => Fate::Unknown(error.to_string()),
            (Ok(_), Err(error)) => Fate::Unknown(error.to_string()),
            (Ok(_), Ok(())) if link.warned() => {
                Fate::Unknown("the database warned about the commit".to_owned())
            }
            (Ok(rows), Ok(())) if rows.map(|n| usize::try_from(n).unwrap_or(0)) != wanted => {
                Fate::Unknown(format!("{rows:?} rows were written of {wanted:?}"))
            }
            (Ok(_), Ok(())) => Fate::Committed,
        }
    }
}

/// What the server said about the write. Classes 22 (data) and 23 (constraints) are about what is
/// in the batch; anything else is about the server.
fn refused(error: &Error) -> Fate {
    let text = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    match error.code().map(|code| &code.code()[..2]) {
        Some("22" | "23") => Fate::Rejected(text),
        _ => Fate::RolledBack(text),
    }
}

/// Sizes and positions come from a `bigint`, and go back into one.
fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// The first entry of a tenant's part: what to look for when the commit was not seen.
pub(crate) fn first_entry<D: Deciding>(part: &TenantBatch<D>) -> Option<Unknown> {
    let record = part.records.first()?;
    Some(Unknown {
        index: signed(part.tree.before().size()),
        day: part.now.date_naive(),
        hash: record.hash.to_vec(),
    })
}
