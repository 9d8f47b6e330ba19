use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use gw_contracts::ApiKeyCreatedV1;
use gw_db::{Db, TenantTx};
use gw_kernel::{ApiKeyId, Epoch, GateId, Identity, OperatorId, Role, ScopeSet, TenantId};
use secrecy::SecretString;

use crate::{
    app::limits::demand_room,
    domain::{
        ApiKey, ChecksPerMinute, Counted, Creator, KeyOwner, MAX_GATES, Name, check_grant,
        check_scopes, new_id, random,
    },
    error::TenantsError,
    store,
};

/// A key that does not exist yet.
#[derive(Debug, Clone)]
pub(crate) struct NewApiKey {
    pub(crate) name: Name,
    pub(crate) scopes: ScopeSet,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) operator: Option<OperatorId>,
    /// Ids or names.
    pub(crate) gates: Option<Vec<String>>,
    pub(crate) checks_per_minute: Option<ChecksPerMinute>,
}

/// Makes a key that may do no more than its creator, and no more than the operator it is for.
#[tracing::instrument(name = "tenants.create_api_key", skip_all)]
pub(crate) async fn create_api_key(
    db: &Db,
    who: &Identity,
    scopes: &ScopeSet,
    gates: Option<&BTreeSet<GateId>>,
    wanted: NewApiKey,
) -> Result<(ApiKey, SecretString, Epoch), TenantsError> {
    let platform = who.tenant == TenantId::PLATFORM;
    let creator = Creator { platform, scopes, gates };
    let mut tx = db.tenant(who).await?;
    let wanted = NewApiKey { expires_at: wanted.expires_at.map(as_kept), ..wanted };
    if wanted.expires_at.is_some_and(|end| end <= tx.now()) {
        return Err(TenantsError::ExpiresInPast);
    }
    let gates = resolve_gates(&mut tx, wanted.gates.as_deref()).await?;
    check_grant(creator, &wanted.scopes, gates.as_ref())?;
    let owner = owner(&mut tx, platform, wanted.operator, &wanted.scopes).await?;

    demand_room(&mut tx, Counted::ApiKeys).await?;
    let now = tx.now();
    let id: ApiKeyId = new_id(now, &mut rand::rng());
    let in_text = Some(who.tenant).filter(|_| !platform);
    let (text, sha256, prefix) = gw_web::api_key::generate(in_text, id, random(&mut rand::rng()));
    let key = ApiKey {
        id,
        name: wanted.name.into_string(),
        owner,
        prefix,
        scopes: wanted.scopes,
        gates,
        checks_per_minute: wanted.checks_per_minute,
        expires_at: wanted.expires_at,
        revoked_at: None,
        revoked_reason: None,
        rotated_at: None,
        previous_until: None,
        created_by: tx.actor().into(),
        created_at: now,
        updated_at: now,
    };
    store::api_keys::insert(&mut tx, &key, &sha256).await?;
    tx.record(created_event(&key))?;
    let epoch = tx.commit().await?;
    Ok((key, text, epoch))
}

/// The moment as Postgres keeps it: in whole microseconds, a leap second in the second after it.
fn as_kept(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
}

/// The gates that the key is to be limited to, as ids.
async fn resolve_gates(
    tx: &mut TenantTx,
    wanted: Option<&[String]>,
) -> Result<Option<BTreeSet<GateId>>, TenantsError> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    if !(1..=MAX_GATES).contains(&wanted.len()) {
        return Err(TenantsError::GatesCount);
    }
    let found = store::gates::resolve(tx, wanted).await?;
    let mut gates = BTreeSet::new();
    for (index, name) in wanted.iter().enumerate() {
        let gate = found.get(name).ok_or(TenantsError::GateUnknown(index))?;
        gates.insert(*gate);
    }
    Ok(Some(gates))
}

/// Whose key it will be; an operator's roles bound what it may do.
async fn owner(
    tx: &mut TenantTx,
    platform: bool,
    operator: Option<OperatorId>,
    scopes: &ScopeSet,
) -> Result<KeyOwner, TenantsError> {
    match operator {
        None if platform => Ok(KeyOwner::Platform),
        None => Ok(KeyOwner::Machine),
        Some(_) if platform => Err(TenantsError::OperatorUnknown),
        Some(id) => {
            let operator = store::operators::find(tx, id).await?;
            let operator = operator.ok_or(TenantsError::OperatorUnknown)?;
            check_scopes(&Role::union(&operator.roles), scopes)?;
            Ok(KeyOwner::Operator(id))
        }
    }
}

/// What is recorded of a new key: everything but its secret.
pub(crate) fn created_event(key: &ApiKey) -> ApiKeyCreatedV1 {
    ApiKeyCreatedV1 {
        key_id: key.id,
        name: key.name.clone(),
        scopes: key.scopes.clone(),
        gates: key.gates.as_ref().map(|gates| gates.iter().copied().collect()),
        operator_id: key.owner.operator(),
        checks_per_minute: key.checks_per_minute.map(ChecksPerMinute::get),
        expires_at: key.expires_at,
        state: "active".to_owned(),
    }
}
