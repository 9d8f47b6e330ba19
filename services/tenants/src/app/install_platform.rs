use gw_db::{Db, Reason};
use gw_kernel::{Actor, ActorKind, TenantId};
use secrecy::SecretString;

use crate::{
    app::create_tenant::{insert_first_key, insert_tenant, new_tenant},
    domain::{KeyOwner, Name, TenantRef},
    error::TenantsError,
    store,
};

/// Makes the platform's own tenant, unless it is there.
#[tracing::instrument(name = "tenants.install_platform", skip_all)]
pub(crate) async fn install_platform(db: &Db) -> Result<(), TenantsError> {
    let actor = installer();
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    store::tenants::serialise_installation(&mut tx).await?;
    let platform = TenantRef::Id(TenantId::PLATFORM);
    if store::tenants::find(&mut tx, &platform).await?.is_some() {
        return Ok(());
    }
    let issuer_host = store::secrets::issuer_host(&mut tx).await?;
    let tenant = new_tenant(&tx, TenantId::PLATFORM, "platform", None, &actor);
    let created = insert_tenant(&mut tx, &issuer_host, &tenant).await?;
    tx.record(TenantId::PLATFORM, created)?;
    tx.commit().await?;
    Ok(())
}

/// Makes a platform key that may do everything, for whoever has the machine in hand.
#[tracing::instrument(name = "tenants.create_platform_key", skip_all)]
pub(crate) async fn create_platform_key(
    db: &Db,
    name: &Name,
) -> Result<SecretString, TenantsError> {
    let actor = installer();
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let (created, text) =
        insert_first_key(&mut tx, TenantId::PLATFORM, name, KeyOwner::Platform, &actor).await?;
    tx.record(TenantId::PLATFORM, created)?;
    tx.commit().await?;
    Ok(text)
}

/// Who acts on the command line, before any key exists.
pub(crate) fn installer() -> Actor {
    Actor { kind: ActorKind::Platform, id: "command-line".to_owned(), key_id: None }
}
