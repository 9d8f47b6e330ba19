use std::process::ExitCode;

use gw_db::Role;
use gw_kernel::Fault as _;
use gw_runtime::RuntimeError;
use gw_tenants::{TenantsError, keys};
use serde_json::json;

use super::{Common, Said, connect, load, refuse};
use crate::print;

/// Seals every tenant's data key under the new root key, and makes it this database's own.
///
/// Before: every process runs with `keys.root_key_file` and `keys.previous_root_key_file`, the new
/// key and the one in use. They go on meanwhile. Afterwards: take the previous key out of the
/// configuration, and restart them in turn.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Common { dry_run, json, .. } = arguments.common;
    let config = load(&arguments.common)?;
    let db = connect(&config, Role::Tenants).await?;
    if db.root_key().previous_fingerprint().is_none() {
        return Err(RuntimeError::NoPreviousRootKey.into());
    }
    match rotate(&db, dry_run).await {
        Ok(done) => {
            done.say(dry_run, json);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(refuse(error.code(), &error.to_string())),
    }
}

struct Done {
    resealed: u64,
    already: u64,
    /// Whether the database was of the previous root key until now.
    was_previous: bool,
}

async fn rotate(db: &gw_db::Db, dry_run: bool) -> Result<Done, TenantsError> {
    let was_previous = !keys::is_of_current_root(db).await?;
    let (mut all, mut after, mut said) = (keys::Resealed::default(), None, Said::nothing());
    loop {
        let (resealed, last) = keys::reseal_under_root(db, after, dry_run).await?;
        all.add(resealed);
        said.now_and_then(|| format!("{} data keys so far", all.resealed + all.already));
        after = last;
        if after.is_none() {
            break;
        }
    }
    for tenant in &all.unreadable {
        print::error(&format!("the data key of {tenant} opens under neither root key"));
    }
    if let Some(tenant) = all.unreadable.first() {
        return Err(gw_db::DbError::Sealed(*tenant).into());
    }
    if !dry_run {
        keys::install_root_key(db).await?;
    }
    Ok(Done { resealed: all.resealed, already: all.already, was_previous })
}

impl Done {
    fn say(&self, dry_run: bool, as_json: bool) {
        let Self { resealed, already, was_previous } = self;
        if as_json {
            return print::json(&json!({
                "dry_run": dry_run, "resealed": resealed, "already": already,
                "installed": !dry_run && *was_previous, "complete": !dry_run || !was_previous,
            }));
        }
        let found = format!("{already} were sealed under the current root key already");
        print::line(&match (dry_run, was_previous) {
            (true, true) => format!("{resealed} data keys would be sealed anew; {found}"),
            (true, false) => format!(
                "this database is of the current root key; {resealed} data keys would be sealed \
                 anew, {found}"
            ),
            (false, true) => format!(
                "{resealed} data keys were sealed anew, {found}; this database is of the current \
                 root key now, and the previous one can go"
            ),
            (false, false) => format!(
                "this database was of the current root key before; {resealed} data keys were \
                 sealed anew, {found}"
            ),
        });
    }
}
