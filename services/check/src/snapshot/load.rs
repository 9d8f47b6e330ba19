//! Reading a tenant within one transaction: whole the first time, afterwards what has changed.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Instant};

use gw_crypto::{
    keys::SigningKey,
    seal::{ARGUMENTS_LABEL, DataKey},
};
use gw_db::SnapshotTx;
use gw_decision::Snapshot;
use gw_journal::LogSigner;
use gw_kernel::{Epoch, LogKeyId, TenantId};
use zeroize::Zeroizing;

use super::{Loaded, error::LoadError, rows};
use crate::store::{self, Change};

/// More changes than this are read as a whole.
const MAX_CHANGES: u16 = 256;

/// What a load needs to know besides the tenant.
pub(crate) struct Place {
    /// The host that names of signers begin with.
    pub(crate) issuer_host: String,
}

/// Reads the bound tenant: what changed since `base`, or everything. `None` if there is none.
pub(super) async fn load(
    tx: &mut SnapshotTx<'_>,
    tenant: TenantId,
    base: Option<&Loaded>,
    place: &Place,
) -> Result<Option<Loaded>, LoadError> {
    let (epoch, acknowledged) = store::epoch(tx).await?;
    // Where entries were lost since, neither the state nor its epoch means anything any more.
    if let Some(base) = base.filter(|base| base.acknowledged == acknowledged) {
        if base.snapshot.epoch == epoch {
            return Ok(Some(base.clone()));
        }
        if base.snapshot.epoch < epoch
            && let Some(changes) = store::since(tx, base.snapshot.epoch, MAX_CHANGES).await?
        {
            return advance(tx, base.clone(), epoch, changes, place).await.map(Some);
        }
    }
    let loaded = whole(tx, tenant, epoch, place).await?;
    Ok(loaded.map(|loaded| Loaded { acknowledged, ..loaded }))
}

async fn whole(
    tx: &mut SnapshotTx<'_>,
    tenant: TenantId,
    epoch: Epoch,
    place: &Place,
) -> Result<Option<Loaded>, LoadError> {
    let Some(row) = store::tenant(tx).await? else {
        return Ok(None);
    };
    let mut loaded = empty(tx, tenant, epoch).await?;
    for key in store::api_keys(tx).await? {
        loaded.put_api_key(key)?;
    }
    let keypairs = store::keypairs(tx).await?;
    let keypairs: HashMap<_, _> = keypairs.into_iter().map(|row| (row.gate_id, row)).collect();
    for gate in store::gates(tx).await? {
        let keypair = keypairs.get(&gate.gate_id);
        loaded.put_gate(gate, keypair, place)?;
    }
    for key in store::root_keys(tx).await? {
        loaded.put_root_key(&key)?;
    }
    loaded.put_statement_keys(store::statement_keys(tx).await?)?;
    for revocation in store::revocations(tx).await? {
        loaded.put_revocation(revocation)?;
    }
    for switch in store::kill_switches(tx).await? {
        loaded.put_kill_switch(switch)?;
    }
    loaded.put_tenant(row)?;
    Ok(Some(loaded))
}

/// A tenant with its own keys and nothing in it.
async fn empty(
    tx: &mut SnapshotTx<'_>,
    tenant: TenantId,
    epoch: Epoch,
) -> Result<Loaded, LoadError> {
    let data_key = tx.data_key().await?;
    let row = store::log_key(tx).await?.ok_or(LoadError::Unreadable("the log key"))?;
    let log_key = LogKeyId::from_uuid(row.key_id);
    let log_from = row.signs_from.try_into().map_err(|_| LoadError::Unreadable("the log key"))?;
    let aad = format!("tenant:{tenant}:log:{log_key}");
    let seed = data_key.open(&aad, &row.sealed).map_err(|_| LoadError::Sealed)?;
    let key = SigningKey::from_seed(rows::exactly(&seed, "the log key")?);
    let arguments_key = arguments_key(tx, tenant, &data_key).await?;

    Ok(Loaded {
        at: Instant::now(),
        snapshot: Snapshot { epoch, ..Snapshot::empty(tenant) },
        acknowledged: None,
        // The tenant's own row says.
        checks_per_second: NonZeroU32::MIN,
        signers: imbl::HashMap::new(),
        log: Arc::new(LogSigner { origin: row.origin, key }),
        log_from,
        statement_keys: Arc::new([]),
        arguments_key: Arc::new(arguments_key),
        data_key: Arc::new(data_key),
    })
}

/// What arguments are authenticated under: derived from the tenant's first data key, and kept since
/// that was replaced.
async fn arguments_key(
    tx: &mut SnapshotTx<'_>,
    tenant: TenantId,
    data_key: &DataKey,
) -> Result<Zeroizing<[u8; 32]>, LoadError> {
    let Some(sealed) = store::arguments_key(tx).await? else {
        return Ok(Zeroizing::new(data_key.derive(ARGUMENTS_LABEL)));
    };
    let aad = format!("tenant:{tenant}:arguments");
    let opened = data_key.open(&aad, &sealed).map_err(|_| LoadError::Sealed)?;
    Ok(Zeroizing::new(rows::exactly(&opened, "the arguments' key")?))
}

/// Reads again what the entries since the label name, and nothing else.
async fn advance(
    tx: &mut SnapshotTx<'_>,
    mut loaded: Loaded,
    epoch: Epoch,
    changes: Vec<Change>,
    place: &Place,
) -> Result<Loaded, LoadError> {
    let tenant_may_differ =
        changes.iter().any(|change| matches!(change, Change::Tenant | Change::Gate(_)));
    for change in changes {
        apply(tx, &mut loaded, change, place).await?;
    }
    if tenant_may_differ {
        let row = store::tenant(tx).await?;
        loaded.put_tenant(row.ok_or(LoadError::Unreadable("the tenant"))?)?;
    }
    loaded.snapshot.epoch = epoch;
    Ok(loaded)
}

async fn apply(
    tx: &mut SnapshotTx<'_>,
    loaded: &mut Loaded,
    change: Change,
    place: &Place,
) -> Result<(), LoadError> {
    match change {
        Change::Tenant => {}
        Change::ApiKey(id) => match store::one_api_key(tx, id.uuid()).await? {
            Some(row) => loaded.put_api_key(row)?,
            None => loaded.drop_api_key(id),
        },
        Change::Operator(id) => {
            for row in store::operator_api_keys(tx, id.uuid()).await? {
                loaded.put_api_key(row)?;
            }
        }
        Change::Gate(id) => match store::one_gate(tx, id.uuid()).await? {
            Some(row) => {
                let keypair = store::gate_keypairs(tx, id.uuid()).await?;
                loaded.put_gate(row, keypair.as_ref(), place)?;
            }
            None => loaded.drop_gate(id),
        },
        Change::RootKey(id) => {
            match store::one_root_key(tx, id.uuid()).await? {
                Some(row) => loaded.put_root_key(&row)?,
                None => loaded.drop_root_key(id),
            }
            loaded.put_statement_keys(store::statement_keys(tx).await?)?;
        }
        Change::Revocation(id) => {
            for row in store::one_revocation(tx, id.uuid()).await? {
                loaded.put_revocation(row)?;
            }
        }
        Change::KillSwitch(id) => {
            let row = store::one_kill_switch(tx, id.uuid()).await?;
            loaded.put_kill_switch(row.ok_or(LoadError::Unreadable("a kill switch"))?)?;
        }
    }
    Ok(())
}
