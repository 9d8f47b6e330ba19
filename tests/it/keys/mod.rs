//! `gatewright keys rotate`: other keys under everybody's secrets, while everybody goes on.

mod command;
mod data;
mod replica;
mod root;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::TenantId;
use gw_testkit::Database;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::cli::gatewright;

/// The command, on this database and with this root key.
fn keys(database: &Database, root_key: &Path) -> Command {
    let mut command = gatewright();
    command
        .env("GATEWRIGHT__DATABASE__URL", database.url())
        .env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true")
        .env("GATEWRIGHT__KEYS__ROOT_KEY_FILE", root_key)
        .args(["keys", "rotate"]);
    command
}

fn root_key(file: &Path) -> RootKey {
    RootKey::parse(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Every tenant's data key as it is sealed.
async fn data_keys(database: &Database) -> Vec<(TenantId, Vec<u8>)> {
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as("select tenant_id, sealed from tenants.data_keys order by 1")
            .fetch_all(&database.owner().await)
            .await
            .unwrap();
    rows.into_iter().map(|(tenant, sealed)| (TenantId::from_uuid(tenant), sealed)).collect()
}

fn open_data_key(root: &RootKey, tenant: TenantId, sealed: &[u8]) -> Option<DataKey> {
    let opened = root.open(&format!("tenant:{tenant}:data"), sealed).ok()?;
    Some(DataKey::from_bytes(opened.as_slice().try_into().unwrap()))
}

/// Something of a tenant's that is sealed, and what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Secret {
    tenant: TenantId,
    place: String,
    sealed: Vec<u8>,
}

/// All that is sealed under tenants' data keys.
async fn secrets(database: &Database) -> Vec<Secret> {
    let owner = database.owner().await;
    let mut secrets = Vec::new();
    for (_, column) in gatewright::keys::sealed() {
        let (table, id, name) = (column.table, column.id, column.column);
        let sql = format!(
            "select tenant_id, {id}, {name} from {table} where {name} is not null order by 1, 2"
        );
        let rows: Vec<(Uuid, Uuid, Vec<u8>)> =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&owner).await.unwrap();
        secrets.extend(rows.into_iter().map(|(tenant, id, sealed)| {
            let tenant = TenantId::from_uuid(tenant);
            Secret { tenant, place: (column.place)(tenant, id), sealed }
        }));
    }
    secrets
}

/// Whatever is called sealed is sealed anew when the key over it is replaced.
#[tokio::test]
async fn no_sealed_column_is_forgotten_by_a_rotation() {
    let database = gw_testkit::database().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select a.attrelid::regclass::text, a.attname::text
         from pg_attribute a
         join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
         where a.attname like '%sealed%' and a.attnum > 0 and not a.attisdropped",
    )
    .fetch_all(&database.owner().await)
    .await
    .unwrap();
    let registered = gatewright::keys::sealed().into_iter().map(|(_, it)| (it.table, it.column));
    let covered: BTreeSet<(String, String)> = registered
        .chain(gatewright::keys::UNDER_ROOT)
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect();
    assert_eq!(columns.into_iter().collect::<BTreeSet<_>>(), covered);
    assert!(covered.len() >= 7);
}
