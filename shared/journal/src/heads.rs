//! The first flight: lock the heads, then read what is true of each tenant under the lock.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gw_crypto::merkle::Frontier;
use gw_decision::{Counter, Ledger, Reservation, Use};
use gw_kernel::{Epoch, TenantId};
use tokio_postgres::{Error, Row, Statement, types::ToSql};
use uuid::Uuid;

use crate::{anchors::Anchors, connection::Link, head::Head};

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Postgres(#[from] Error),
    #[error("the database did not answer in time")]
    Timeout,
    #[error("the newest batch of {0} cannot be read")]
    Broken(TenantId),
}

/// Takes every head that is free, and reads it and what is named of its ledger: one round trip.
pub(crate) async fn lock_free(
    link: &Link,
    anchors: &Anchors,
    tenants: &[TenantId],
    keys: &Keys,
) -> Result<(BTreeMap<TenantId, Head>, BTreeMap<TenantId, Ledger>), ReadError> {
    let ids: Vec<Uuid> = tenants.iter().map(|tenant| tenant.uuid()).collect();
    let lock_params: [&(dyn ToSql + Sync); 1] = [&ids];
    // Polled together, the statements are sent together; Postgres runs them one after the other.
    let flight = async {
        futures::try_join!(
            link.begin(tenants.iter().copied()),
            link.client.query(&link.statements.lock_free, &lock_params),
            newest(link, anchors, tenants),
            read_ledgers(link, keys),
        )
    };
    let ((), locked, newest, ledgers) =
        tokio::time::timeout(link.patience, flight).await.map_err(|_| ReadError::Timeout)??;
    let mut heads = BTreeMap::new();
    for row in locked {
        let tenant = TenantId::from_uuid(row.try_get(0)?);
        // One that cannot be read is left out, as if it were held: it is that tenant's trouble.
        if let Some(Ok(head)) = newest.get(&tenant).map(|row| head(tenant, row)) {
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
    let id = tenant.uuid();
    let params: [&(dyn ToSql + Sync); 1] = [&id];
    let flight = async {
        futures::try_join!(
            link.begin(std::iter::once(tenant)),
            link.client.execute(&link.statements.make_head, &params),
            link.client.query_one(&link.statements.lock_one, &params),
            newest(link, anchors, std::slice::from_ref(&tenant)),
        )
    };
    let ((), _, _, newest) =
        tokio::time::timeout(link.patience, flight).await.map_err(|_| ReadError::Timeout)??;
    match newest.get(&tenant) {
        Some(row) => head(tenant, row),
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
    day: NaiveDate,
) -> Result<Option<Vec<u8>>, ReadError> {
    let id = tenant.uuid();
    let params: [&(dyn ToSql + Sync); 3] = [&id, &index, &day];
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

async fn newest(
    link: &Link,
    anchors: &Anchors,
    tenants: &[TenantId],
) -> Result<BTreeMap<TenantId, Row>, Error> {
    let ids: Vec<Uuid> = tenants.iter().map(|tenant| tenant.uuid()).collect();
    let keys: Vec<i64> = tenants.iter().map(|tenant| anchors.key(*tenant)).collect();
    let params: [&(dyn ToSql + Sync); 2] = [&ids, &keys];
    let rows = link.client.query(&link.statements.newest, &params).await?;
    rows.into_iter().map(|row| Ok((TenantId::from_uuid(row.try_get(0)?), row))).collect()
}

/// Without the row of the global kill switch nothing is known, and nothing is served.
fn head(tenant: TenantId, row: &Row) -> Result<Head, ReadError> {
    let size: Option<i64> = row.try_get(1)?;
    let epoch: Option<i64> = row.try_get(2)?;
    let frontier: Option<&[u8]> = row.try_get(3)?;
    let anchor_size: Option<i64> = row.try_get(5)?;
    let anchor_frontier: Option<Vec<u8>> = row.try_get(6)?;
    let broken = || ReadError::Broken(tenant);
    let size = u64::try_from(size.unwrap_or(0)).map_err(|_| broken())?;
    Ok(Head {
        tenant,
        epoch: Epoch(epoch.unwrap_or(0)),
        frontier: Frontier::from_parts(size, frontier.unwrap_or_default()).map_err(|_| broken())?,
        now: row.try_get(4)?,
        halted: row.try_get(8)?,
        acknowledged: row.try_get(7)?,
        anchor: anchor_size.and_then(|size| u64::try_from(size).ok()).zip(anchor_frontier),
    })
}
