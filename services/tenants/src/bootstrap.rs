//! What the binary does before anybody has a key.

use gw_db::Db;
use secrecy::SecretString;

use crate::{app::install_platform as install, domain::Name, error::TenantsError};

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
    let name = Name::new(name).map_err(|error| TenantsError::BadName(error.to_string()))?;
    install::create_platform_key(db, &name).await
}
