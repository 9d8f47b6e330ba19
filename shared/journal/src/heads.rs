//! The first flight: lock the heads, then read what is true of each tenant under the lock.

use std::collections::BTreeMap;

use gw_decision::{Counter, Ledger, Reservation, Use};
use gw_kernel::TenantId;
use tokio_postgres::{Error, Row, SimpleQueryRow, Statement, types::ToSql};
use uuid::Uuid;

use crate::{
    anchors::Anchors,
    connection::Link,
    head::{Head, ReadError, tenant},
    script,
};

/// Takes every head that is free, and reads it and what is named of its ledger: one round trip.
pub(crate) async fn lock_free(
    link: &Link,
    anchors: &Anchors,
    tenants: &[TenantId],
    keys: &Keys,
) -> Result<(BTreeMap<TenantId, Head>, BTreeMap<TenantId, Ledger>), ReadError> {
    let (begin, lock) = (script::begin(tenants), script::lock_free(tenants));
    let script = [begin, lock, newest(anchors, tenants)].join(";");
    // Polled together, they are sent together; Postgres runs them one after the other.
    let flight = async { futures::try_join!(script::run(link, &script), read_ledgers(link, keys)) };
    let (mut answers, ledgers) =
        tokio::time::timeout(link.patience, flight).await.map_err(|_| ReadError::Timeout)??;
    let newest = by_tenant(answers.pop());
    let mut heads = BTreeMap::new();
    for tenant in answers.pop().iter().flatten().filter_map(tenant) {
        // One that cannot be read is left out, as if it were held: it is that tenant's trouble.
        if let Some(Ok(head)) = newest.get(&tenant).map(|row| Head::read(tenant, row)) {
            heads.insert(tenant, head);
        }
    }
    Ok((heads, ledgers))
}

/// Waits for one tenant's head, makes it if the log has none, and reads it.
pub(crate) async fn lock_one(
    link: &Link,
    anchors: &Anchors,
    tenant: TenantId,
) -> Result<Head, ReadError> {
    let one = [tenant];
    let (begin, lock) = (script::begin(&one), script::lock_one(tenant.uuid()));
    let script = [begin, lock, newest(anchors, &one)].join(";");
    let flight = tokio::time::timeout(link.patience, script::run(link, &script));
    let mut answers = flight.await.map_err(|_| ReadError::Timeout)??;
    match by_tenant(answers.pop()).get(&tenant) {
        Some(row) => Head::read(tenant, row),
        None => Err(ReadError::Broken(tenant)),
    }
}

/// What checks name of the ledgers.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    counters: Named,
    uses: Named,
}

/// Tenants and keys side by side, as Postgres unnests them.
#[derive(Debug, Default)]
struct Named {
    tenants: Vec<Uuid>,
    keys: Vec<String>,
}

impl Keys {
    pub(crate) fn add(&mut self, tenant: TenantId, reservation: &Reservation) {
        let (named, key) = match reservation {
            Reservation::Burn(burn) => (&mut self.uses, burn.use_key().to_owned()),
            Reservation::Spend(spend) => (&mut self.counters, spend.counter_key()),
        };
        named.tenants.push(tenant.uuid());
        named.keys.push(key);
    }
}

/// What was taken of what the checks name, where the heads were taken before.
pub(crate) async fn ledgers(
    link: &Link,
    keys: &Keys,
) -> Result<BTreeMap<TenantId, Ledger>, ReadError> {
    let reading = tokio::time::timeout(link.patience, read_ledgers(link, keys));
    Ok(reading.await.map_err(|_| ReadError::Timeout)??)
}

/// The hash of the leaf at this position, if there is one.
pub(crate) async fn leaf(
    link: &Link,
    tenant: TenantId,
    index: i64,
) -> Result<Option<Vec<u8>>, ReadError> {
    let id = tenant.uuid();
    let params: [&(dyn ToSql + Sync); 2] = [&id, &index];
    let reading = link.client.query_opt(&link.statements.leaf, &params);
    let row = tokio::time::timeout(link.patience, reading).await;
    let row = row.map_err(|_| ReadError::Timeout)??;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Asks for nothing that no check names.
async fn read_ledgers(link: &Link, keys: &Keys) -> Result<BTreeMap<TenantId, Ledger>, Error> {
    let statements = &link.statements;
    let (counters, uses) = futures::try_join!(
        named(link, &statements.counters, &keys.counters),
        named(link, &statements.uses, &keys.uses),
    )?;
    let mut ledgers: BTreeMap<TenantId, Ledger> = BTreeMap::new();
    for row in counters {
        let tenant = TenantId::from_uuid(row.try_get(0)?);
        let counter = Counter { used: row.try_get(2)?, since: row.try_get(3)? };
        ledgers.entry(tenant).or_default().counters.set(row.try_get(1)?, counter);
    }
    for row in uses {
        let tenant = TenantId::from_uuid(row.try_get(0)?);
        ledgers.entry(tenant).or_default().uses.set(row.try_get(1)?, taken(&row)?);
    }
    Ok(ledgers)
}

async fn named(link: &Link, statement: &Statement, named: &Named) -> Result<Vec<Row>, Error> {
    if named.keys.is_empty() {
        return Ok(Vec::new());
    }
    link.client.query(statement, &[&named.tenants, &named.keys]).await
}

/// The table holds a fingerprint to its length, and positions to what a log has.
fn taken(row: &Row) -> Result<Use, Error> {
    let (index, fingerprint): (i64, Vec<u8>) = (row.try_get(2)?, row.try_get(3)?);
    Ok(Use {
        index: u64::try_from(index).unwrap_or_default(),
        fingerprint: fingerprint.try_into().unwrap_or_default(),
        expires_at: row.try_get(4)?,
        told: row.try_get(5)?,
    })
}

fn newest(anchors: &Anchors, tenants: &[TenantId]) -> String {
    script::newest(tenants, tenants.iter().map(|tenant| anchors.key(*tenant)))
}

fn by_tenant(rows: Option<Vec<SimpleQueryRow>>) -> BTreeMap<TenantId, SimpleQueryRow> {
    let rows = rows.into_iter().flatten();
    rows.filter_map(|row| Some((tenant(&row)?, row))).collect()
}
