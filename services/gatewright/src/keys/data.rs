use std::{
    collections::{BTreeMap, btree_map::Entry},
    process::ExitCode,
    time::Duration,
};

use gw_db::{
    Db, Role,
    sealed::{self, SealedColumn},
};
use gw_kernel::{Fault as _, TenantId};
use gw_runtime::Config;
use gw_tenants::{
    TenantsError,
    keys::{self, Rotation},
};
use serde_json::json;

use super::{Common, Said, connect, load, refuse};
use crate::print;

/// Gives tenants new data keys: everything of theirs that is sealed is sealed anew.
///
/// Each tenant's rotation is two entries of its log, where it begins and where the old key is gone.
/// Nobody waits for it but who writes secrets, and that for a moment.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("whose").required(true))]
pub(super) struct Arguments {
    /// This tenant's, by its id.
    #[arg(long, value_name = "TENANT", group = "whose")]
    tenant: Option<TenantId>,
    /// Every tenant's, one after the other, the platform's own among them.
    #[arg(long, group = "whose")]
    all: bool,
    #[command(flatten)]
    common: Common,
}

/// Somebody who holds a head for this long is stuck, and said so elsewhere.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Common { dry_run, json, .. } = arguments.common;
    let services = Services::connect(&load(&arguments.common)?).await?;
    let tenants = match arguments.tenant {
        Some(tenant) => vec![tenant],
        None => match keys::tenants(services.of(Role::Tenants)?).await {
            Ok(tenants) => tenants,
            Err(error) => return Ok(refuse(error.code(), &error.to_string())),
        },
    };
    let (mut done, mut failed, mut said) = (Done::default(), Vec::new(), Said::nothing());
    for (n, tenant) in tenants.iter().enumerate() {
        let rotated = if dry_run {
            services.look_at(*tenant, &mut done).await
        } else {
            services.rotate(*tenant, &mut done).await
        };
        match rotated {
            Ok(()) => done.tenants += 1,
            Err(error) => {
                print::error(&format!("{tenant}: {}: {error}", error.code()));
                failed.push((*tenant, error));
            }
        }
        said.now_and_then(|| format!("{} of {} tenants so far", n + 1, tenants.len()));
    }
    done.say(dry_run, json, &failed);
    let Some((_, first)) = failed.first() else { return Ok(ExitCode::SUCCESS) };
    let why = format!("{} of {} tenants were not rotated: {first}", failed.len(), tenants.len());
    Ok(refuse(first.code(), &why))
}

#[derive(Default)]
struct Done {
    tenants: u64,
    /// Of them, those whose rotation had been begun before.
    resumed: u64,
    sealed: u64,
}

impl Done {
    fn say(&self, dry_run: bool, as_json: bool, failed: &[(TenantId, TenantsError)]) {
        let Self { tenants, resumed, sealed } = self;
        if as_json {
            let failed: BTreeMap<_, _> =
                failed.iter().map(|(tenant, error)| (tenant.to_string(), error.code())).collect();
            return print::json(&json!({
                "dry_run": dry_run, "tenants": tenants, "resumed": resumed, "resealed": sealed,
                "failed": failed,
            }));
        }
        print::line(&if dry_run {
            format!("{tenants} data keys would be replaced, and {sealed} secrets sealed anew")
        } else {
            format!(
                "{tenants} data keys were replaced ({resumed} had been begun before), and {sealed} \
                 secrets sealed anew"
            )
        });
    }
}

/// A way to the database for each service that has something sealed.
struct Services {
    roles: BTreeMap<Role, Db>,
    columns: Vec<(Role, SealedColumn)>,
}

impl Services {
    async fn connect(config: &Config) -> anyhow::Result<Self> {
        let columns = super::sealed();
        let mut roles = BTreeMap::new();
        for role in [Role::Tenants].into_iter().chain(columns.iter().map(|(role, _)| *role)) {
            if let Entry::Vacant(missing) = roles.entry(role) {
                missing.insert(connect(config, role).await?);
            }
        }
        Ok(Self { roles, columns })
    }

    fn of(&self, role: Role) -> Result<&Db, gw_db::DbError> {
        self.roles.get(&role).ok_or(gw_db::DbError::NoLogin(role))
    }

    async fn look_at(&self, tenant: TenantId, done: &mut Done) -> Result<(), TenantsError> {
        for (role, column) in &self.columns {
            done.sealed += sealed::count(self.of(*role)?, tenant, column).await?;
        }
        Ok(())
    }

    async fn rotate(&self, tenant: TenantId, done: &mut Done) -> Result<(), TenantsError> {
        let tenants = self.of(Role::Tenants)?;
        let rotation = begin(tenants, tenant).await?;
        for (role, column) in &self.columns {
            done.sealed += sealed::reseal(self.of(*role)?, tenant, column).await?;
        }
        keys::finish(tenants, tenant, rotation).await?;
        done.resumed += u64::from(rotation.resumed);
        Ok(())
    }
}

/// Begins, as soon as nobody is in the way.
async fn begin(db: &Db, tenant: TenantId) -> Result<Rotation, TenantsError> {
    let mut tries = 1;
    loop {
        match keys::start(db, tenant).await {
            Err(error) if error.code() == "database.unavailable" && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            begun => return begun,
        }
    }
}
