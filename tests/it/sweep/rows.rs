use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use uuid::Uuid;

/// Every table with a column `tenant_id`, but the one in which a worker notes, by its own clock,
/// how far it has looked. Partitions are reached through their parent.
async fn tables(connection: &mut PgConnection) -> Vec<String> {
    let tables = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
         where c.relkind in ('r', 'p') and not c.relispartition
             and c.oid <> 'audit.retention'::regclass",
    );
    let tables: Vec<String> = tables.fetch_all(connection).await.unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    tables
}

/// How many rows a tenant has in each table, and their digest.
pub(super) async fn rows(url: &str, tenant: Uuid) -> BTreeMap<String, (i64, Option<String>)> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut rows = BTreeMap::new();
    for table in tables(&mut connection).await {
        let sql = format!(
            "select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t
             where tenant_id = $1"
        );
        let row = sqlx::query(AssertSqlSafe(sql)).bind(tenant).fetch_one(&mut connection).await;
        let row = row.unwrap();
        rows.insert(table, (row.get(0), row.get(1)));
    }
    rows
}

/// Takes the wall away: no policy, and row-level security off.
pub(super) async fn take_the_wall_away(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let policies = sqlx::query_as(
        "select c.oid::regclass::text, p.polname::text from pg_class c
         join pg_policy p on p.polrelid = c.oid",
    );
    let policies: Vec<(String, String)> = policies.fetch_all(&mut connection).await.unwrap();
    for (table, policy) in policies {
        let sql = format!(
            "drop policy {policy} on {table}; alter table {table} disable row level security"
        );
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    }
}
