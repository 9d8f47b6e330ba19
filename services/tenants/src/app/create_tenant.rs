use std::collections::BTreeSet;

use gw_contracts::{ApiKeyCreatedV1, TenantCreatedV1};
use gw_db::{Db, PlatformTx, Reason};
use gw_kernel::{Actor, Epoch, Scope, ScopeSet, TenantId};
use secrecy::SecretString;

use crate::{
    app::{create_api_key::created_event, epoch_of},
    domain::{
        ApiKey, KeyOwner, Limits, Name, NewSecrets, Tenant, TenantAlias, TenantState, new_id,
        random,
    },
    error::TenantsError,
    store,
};

/// A tenant that exists now, and the one showing of its first key.
pub(crate) struct CreatedTenant {
    pub(crate) tenant: Tenant,
    pub(crate) api_key: SecretString,
    pub(crate) epoch: Epoch,
}

/// Makes a tenant with everything it cannot do without: its data key, its log, and a first key
/// that may do everything.
#[tracing::instrument(name = "tenants.create_tenant", skip_all)]
pub(crate) async fn create_tenant(
    db: &Db,
    issuer_host: &str,
    limits: &Limits,
    actor: &Actor,
    name: &Name,
    alias: Option<&TenantAlias>,
) -> Result<CreatedTenant, TenantsError> {
    let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
    let id = new_id(tx.now(), &mut rand::rng());
    let tenant = new_tenant(&tx, id, name, alias, actor);

    tx.bind(id).await?;
    let created = insert_tenant(&mut tx, issuer_host, &tenant).await?;
    let created = TenantCreatedV1 { limits: Some(limits.stated()), ..created };
    let now = tx.now();
    store::limits::set(&mut tx, limits, now).await?;
    let (key, api_key) = insert_first_key(&mut tx, id, "owner", KeyOwner::Machine, actor).await?;
    tx.record(id, created.clone())?;
    tx.record(id, key)?;
    tx.record(TenantId::PLATFORM, created)?;
    let epochs = tx.commit().await?;
    Ok(CreatedTenant { epoch: epoch_of(&epochs, id), tenant, api_key })
}

/// A tenant of this moment.
pub(crate) fn new_tenant(
    tx: &PlatformTx,
    id: TenantId,
    name: &str,
    alias: Option<&TenantAlias>,
    actor: &Actor,
) -> Tenant {
    Tenant {
        id,
        alias: alias.map(|alias| alias.as_str().to_owned()),
        name: name.to_owned(),
        state: TenantState::Active,
        state_reason: None,
        default_gate: None,
        created_by: actor.into(),
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Writes the bound tenant and its keys; what is to be recorded of it.
pub(crate) async fn insert_tenant(
    tx: &mut PlatformTx,
    issuer_host: &str,
    tenant: &Tenant,
) -> Result<TenantCreatedV1, TenantsError> {
    let now = tx.now();
    let secrets = NewSecrets::generate(tenant.id, issuer_host, now, &mut rand::rng());
    let data_key_sealed = tx.seal_data_key(&secrets.data_key_bytes).await?;
    store::tenants::insert(tx, tenant).await?;
    store::secrets::insert(tx, &data_key_sealed, &secrets, now).await?;
    store::secrets::publish_id(tx, tenant.id).await?;
    Ok(TenantCreatedV1 {
        tenant_id: tenant.id,
        name: tenant.name.clone(),
        alias: tenant.alias.clone(),
        state: tenant.state.as_str().to_owned(),
        log_origin: secrets.log_key.origin,
        log_vkey: secrets.log_key.vkey,
        limits: None,
    })
}

/// Writes a key of the bound tenant that may do everything and does not end.
pub(crate) async fn insert_first_key(
    tx: &mut PlatformTx,
    tenant: TenantId,
    name: &str,
    owner: KeyOwner,
    actor: &Actor,
) -> Result<(ApiKeyCreatedV1, SecretString), TenantsError> {
    let now = tx.now();
    let id = new_id(now, &mut rand::rng());
    let in_text = Some(tenant).filter(|tenant| *tenant != TenantId::PLATFORM);
    let (text, sha256, prefix) = gw_web::api_key::generate(in_text, id, random(&mut rand::rng()));
    let key = ApiKey {
        id,
        name: name.to_owned(),
        owner,
        prefix,
        scopes: ScopeSet(BTreeSet::from([Scope::All])),
        gates: None,
        checks_per_minute: None,
        expires_at: None,
        revoked_at: None,
        revoked_reason: None,
        rotated_at: None,
        previous_until: None,
        created_by: actor.into(),
        created_at: now,
        updated_at: now,
    };
    store::api_keys::insert(tx, &key, &sha256).await?;
    Ok((created_event(&key), text))
}
