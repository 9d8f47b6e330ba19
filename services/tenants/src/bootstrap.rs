//! What the binary does before anybody has a key.

use gw_db::Db;
use gw_kernel::{Epoch, TenantId};
use secrecy::SecretString;

use crate::{
    app::{create_tenant as tenant, install_platform as install},
    domain::{Name, TenantAlias},
    error::TenantsError,
};

/// A tenant that the binary made.
#[derive(Debug)]
pub struct BootstrapTenant {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its first key, which may do everything; shown once.
    pub api_key: SecretString,
    /// The epoch after it.
    pub epoch: Epoch,
}

/// Makes the platform's own tenant (id zero) with its data key and its log, unless it is there.
///
/// # Errors
/// When the database is unavailable, or [`gw_db::installation::claim`] did not run before.
pub async fn platform(db: &Db) -> Result<(), TenantsError> {
    install::install_platform(db).await
}

/// Makes a platform key that may do everything; its text is shown this once.
///
/// # Errors
/// When the name is not 1 to 200 bytes, the database is unavailable, or [`platform`] did not run
/// before.
pub async fn create_platform_key(db: &Db, name: &str) -> Result<SecretString, TenantsError> {
    install::create_platform_key(db, &parse_name(name)?).await
}

/// Makes a tenant as `POST /v1/admin/tenants` does; `alias` is the name accepted for its id.
///
/// # Errors
/// When a name cannot be used or is taken, or the database is unavailable.
pub async fn create_tenant(
    db: &Db,
    issuer_host: &str,
    name: &str,
    alias: Option<&str>,
) -> Result<BootstrapTenant, TenantsError> {
    let name = parse_name(name)?;
    let alias: Option<TenantAlias> =
        alias.map(str::parse).transpose().map_err(|error| bad_name(&error))?;
    let actor = install::installer();
    let made = tenant::create_tenant(db, issuer_host, &actor, &name, alias.as_ref()).await?;
    let (tenant_id, api_key, epoch) = (made.tenant.id, made.api_key, made.epoch);
    Ok(BootstrapTenant { tenant_id, api_key, epoch })
}

fn parse_name(name: &str) -> Result<Name, TenantsError> {
    Name::new(name).map_err(|error| bad_name(&error))
}

fn bad_name(error: &dyn std::error::Error) -> TenantsError {
    TenantsError::BadName(error.to_string())
}
