use gw_contracts::RootKeyRotatedV1;
use gw_db::{Db, DbError, PlatformTx, Reason};
use gw_kernel::{Actor, TenantId};

use crate::{
    domain::Resealed,
    error::TenantsError,
    store::{self, data_keys::StoredDataKey},
};

/// So many tenants' keys are looked at, and written, in one transaction.
const PAGE: i64 = 100;
const NAME: &str = "root key rotation";

/// Seals anew, under the current root key, the data keys of a page of tenants behind this one; how
/// many, and the last tenant, if there may be more.
pub(crate) async fn reseal_page(
    db: &Db,
    after: Option<TenantId>,
    dry_run: bool,
) -> Result<(Resealed, Option<TenantId>), TenantsError> {
    let mut tx = db.platform(Reason::Machinery(NAME)).await?;
    let (resealed, last) = page(&mut tx, after, dry_run).await?;
    tx.commit().await?;
    Ok((resealed, last))
}

/// Seals anew what was left, and makes the current root key the one that this database is
/// installed with: from here on nothing is sealed under another. Answers whether it was not.
///
/// While it looks, nobody makes a data key, so none is left behind.
#[tracing::instrument(name = "tenants.install_root_key", skip_all)]
pub(crate) async fn install(db: &Db, actor: &Actor) -> Result<bool, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let current = db.root_key().fingerprint();
    let installed = tx.hold_installation().await?;
    if installed == Some(current) {
        return Ok(false);
    }
    let installed = installed.filter(|it| db.root_key().previous_fingerprint() == Some(*it));
    let installed = installed.ok_or(DbError::RootMismatch)?;
    let (mut all, mut after) = (Resealed::default(), None);
    loop {
        let (resealed, last) = page(&mut tx, after, false).await?;
        all.add(resealed);
        after = last;
        if after.is_none() {
            break;
        }
    }
    if let Some(tenant) = all.unreadable.first() {
        return Err(DbError::Sealed(*tenant).into());
    }
    tx.install_root_key().await?;
    tx.bind(TenantId::PLATFORM).await?;
    let event = RootKeyRotatedV1 {
        fingerprint: hex(current),
        previous_fingerprint: hex(installed),
        data_keys: all.resealed + all.already,
    };
    tx.record(TenantId::PLATFORM, event)?;
    tx.commit().await?;
    Ok(true)
}

async fn page(
    tx: &mut PlatformTx,
    after: Option<TenantId>,
    dry_run: bool,
) -> Result<(Resealed, Option<TenantId>), TenantsError> {
    let rows = store::data_keys::page(tx, after, PAGE).await?;
    let mut done = Resealed::default();
    for row in &rows {
        match reseal(tx, row, dry_run).await {
            Ok(true) => done.resealed += 1,
            Ok(false) => done.already += 1,
            Err(TenantsError::Db(DbError::Sealed(tenant))) => done.unreadable.push(tenant),
            Err(error) => return Err(error),
        }
    }
    let full = i64::try_from(rows.len()).is_ok_and(|length| length == PAGE);
    Ok((done, rows.last().filter(|_| full).map(|row| row.tenant)))
}

/// Whether this tenant's keys were under the root key before. Where they have become others since
/// they were read, whoever installs the root key finds them again.
async fn reseal(
    tx: &mut PlatformTx,
    row: &StoredDataKey,
    dry_run: bool,
) -> Result<bool, TenantsError> {
    let sealed = tx.reseal_data_key(row.tenant, &row.sealed)?;
    let previous = match &row.previous_sealed {
        Some(previous) => tx.reseal_data_key(row.tenant, previous)?,
        None => None,
    };
    if sealed.is_none() && previous.is_none() {
        return Ok(false);
    }
    if !dry_run {
        tx.bind(row.tenant).await?;
        let sealed = sealed.as_ref().unwrap_or(&row.sealed);
        let previous = previous.as_deref().or(row.previous_sealed.as_deref());
        store::data_keys::reseal(tx, row, sealed, previous).await?;
    }
    Ok(true)
}

/// Sixteen hexadecimal digits.
fn hex(fingerprint: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(fingerprint))
}
