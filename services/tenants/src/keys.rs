//! Replacing the root key and tenants' data keys, as the command line drives it.
//!
//! A data key's rotation has two ends, [`start`] and [`finish`]; in between every service seals
//! anew what is its own ([`gw_db::sealed::reseal`]). Killed anywhere, it is begun again and goes on
//! where it was: until the end both keys open.

use gw_db::{
    Db, DbError,
    sealed::{REQUESTS, SealedColumn},
};
use gw_kernel::TenantId;

pub use crate::domain::{Resealed, Rotation};
use crate::{
    app::{install_platform::installer, rotate_data_key, rotate_root_key},
    domain::{arguments_key_place, log_key_place},
    error::TenantsError,
    store,
};

/// What this service keeps under tenants' data keys, and what it seals anew for all.
pub(crate) const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "tenants.log_keys",
        id: "key_id",
        column: "sealed",
        place: log_key_place,
    },
    SealedColumn {
        table: "tenants.data_keys",
        id: "tenant_id",
        column: "arguments_sealed",
        place: arguments_key_place,
    },
    REQUESTS,
];

/// What is kept under the root key itself: table and column.
pub const UNDER_ROOT: [(&str, &str); 2] =
    [("tenants.data_keys", "sealed"), ("tenants.data_keys", "previous_sealed")];

/// Every tenant that has a data key, the platform among them.
///
/// # Errors
/// When the database is unavailable.
pub async fn tenants(db: &Db) -> Result<Vec<TenantId>, TenantsError> {
    let mut tx = db.platform(gw_db::Reason::Machinery("data key rotation")).await?;
    let rows = store::data_keys::page(&mut tx, None, i64::MAX).await?;
    Ok(rows.into_iter().map(|row| row.tenant).collect())
}

/// Gives a tenant a new data key beside the one it has, or finds the rotation that is under way.
///
/// # Errors
/// When the tenant is unknown, or its key does not open; [`gw_kernel::FaultKind::Unavailable`]
/// when others are in the way for half a second: try again.
pub async fn start(db: &Db, tenant: TenantId) -> Result<Rotation, TenantsError> {
    rotate_data_key::start(db, &installer(), tenant).await
}

/// Forgets the data key that was replaced; every service has sealed anew what is its own. Answers
/// whether this rotation was still under way.
///
/// # Errors
/// When the database is unavailable.
pub async fn finish(db: &Db, tenant: TenantId, rotation: Rotation) -> Result<bool, TenantsError> {
    rotate_data_key::finish(db, &installer(), tenant, rotation).await
}

/// Seals a page of tenants' data keys under the current root key, those behind this tenant; what
/// was found, and the tenant that the next page is behind. With `dry_run`, it only looks.
///
/// # Errors
/// When the database is unavailable.
pub async fn reseal_under_root(
    db: &Db,
    after: Option<TenantId>,
    dry_run: bool,
) -> Result<(Resealed, Option<TenantId>), TenantsError> {
    rotate_root_key::reseal_page(db, after, dry_run).await
}

/// Makes the current root key the database's own, when every data key is sealed under it. Answers
/// whether it was another's before.
///
/// # Errors
/// [`DbError::RootMismatch`] when it was neither key's; [`DbError::Sealed`] when a data key opens
/// under neither; else when the database is unavailable.
pub async fn install_root_key(db: &Db) -> Result<bool, TenantsError> {
    rotate_root_key::install(db, &installer()).await
}

/// Whether this database is of the current root key already, and not of the one before.
///
/// # Errors
/// [`DbError::RootMismatch`] when it is of neither; else when the database is unavailable.
pub async fn is_of_current_root(db: &Db) -> Result<bool, TenantsError> {
    let mut tx = db.platform(gw_db::Reason::Machinery("root key rotation")).await?;
    let installed = tx.hold_installation().await?;
    let key = db.root_key();
    if installed == Some(key.fingerprint()) {
        return Ok(true);
    }
    if installed.is_some() && installed == key.previous_fingerprint() {
        return Ok(false);
    }
    Err(DbError::RootMismatch.into())
}
