//! What is sealed under tenants' data keys, and how it gets from an old one under a new one.
//!
//! Nobody's rows are written by anybody else: each service says which columns of its own are
//! sealed, and [`reseal`] goes over them in that service's role. It can be stopped anywhere and
//! run again: what is sealed under the current key already stays as it is.

use gw_crypto::seal::DataKey;
use gw_kernel::TenantId;
use rand::Rng as _;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::{Db, DbError, Reason, requests};

/// So many rows are held and written at a time.
const PAGE: usize = 200;
const NAME: &str = "data key rotation";

/// A column of a service's own table that holds what is sealed under the tenant's data key.
#[derive(Debug, Clone, Copy)]
pub struct SealedColumn {
    /// The table, with its schema. It has a `tenant_id`.
    pub table: &'static str,
    /// The column that, with `tenant_id`, names a row: a UUID.
    pub id: &'static str,
    /// The column, a `bytea`; null where nothing is sealed.
    pub column: &'static str,
    /// What the bytes of a row are bound to (the associated data).
    pub place: fn(TenantId, Uuid) -> String,
}

/// The answers of requests with an `Idempotency-Key`: they are kept for every service alike, so one
/// of them seals them anew for all.
pub const REQUESTS: SealedColumn =
    SealedColumn { table: "gw.requests", id: "id", column: "sealed", place: requests::place };

/// Seals anew what a tenant has in this column under the key that its data key replaces; answers
/// how many values that were.
///
/// # Errors
/// [`DbError::Unsealed`] when a value opens under neither key; else when the database fails.
pub async fn reseal(db: &Db, tenant: TenantId, column: &SealedColumn) -> Result<u64, DbError> {
    let (mut after, mut resealed) = (Uuid::nil(), 0);
    loop {
        let mut tx = db.platform(Reason::Machinery(NAME)).await?;
        tx.bind(tenant).await?;
        let data_key = tx.data_key().await?;
        let rows = lock_page(tx.conn(), column, after).await?;
        let (ids, values) = anew(tenant, column, &data_key, &rows)?;
        if !ids.is_empty() {
            resealed += write(tx.conn(), column, &ids, &values).await?;
        }
        tx.commit().await?;
        match rows.last() {
            Some((last, _)) if rows.len() == PAGE => after = *last,
            _ => return Ok(resealed),
        }
    }
}

/// How many values a tenant has in this column.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &Db, tenant: TenantId, column: &SealedColumn) -> Result<u64, DbError> {
    let mut tx = db.platform(Reason::Machinery(NAME)).await?;
    tx.bind(tenant).await?;
    let SealedColumn { table, column, .. } = column;
    let sql = format!(
        "select count(*) from {table} where tenant_id = gw.current_tenant() and {column} is not null"
    );
    let count: i64 = sqlx::query_scalar(ours(sql)).fetch_one(tx.conn()).await?;
    Ok(count.unsigned_abs())
}

fn anew(
    tenant: TenantId,
    column: &SealedColumn,
    data_key: &DataKey,
    rows: &[(Uuid, Vec<u8>)],
) -> Result<(Vec<Uuid>, Vec<Vec<u8>>), DbError> {
    let (mut ids, mut values) = (Vec::new(), Vec::new());
    for (id, sealed) in rows {
        let mut nonce = [0; 12];
        rand::rng().fill_bytes(&mut nonce);
        let place = (column.place)(tenant, *id);
        let resealed = data_key.reseal(nonce, &place, sealed);
        if let Some(value) = resealed.map_err(|_| DbError::Unsealed { tenant, place })? {
            ids.push(*id);
            values.push(value);
        }
    }
    Ok((ids, values))
}

async fn lock_page(
    conn: &mut PgConnection,
    column: &SealedColumn,
    after: Uuid,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    let SealedColumn { table, id, column, .. } = column;
    let sql = format!(
        "select {id}, {column} from {table}
         where tenant_id = gw.current_tenant() and {column} is not null
           and ({id} > $1 or $1 = '{nil}'::uuid)
         order by {id} limit {PAGE} for update",
        nil = Uuid::nil(),
    );
    Ok(sqlx::query_as(ours(sql)).bind(after).fetch_all(conn).await?)
}

async fn write(
    conn: &mut PgConnection,
    column: &SealedColumn,
    ids: &[Uuid],
    values: &[Vec<u8>],
) -> Result<u64, DbError> {
    let SealedColumn { table, id, column, .. } = column;
    let sql = format!(
        "update {table} as row_ set {column} = given.value
         from unnest($1::uuid[], $2::bytea[]) as given (id, value)
         where row_.tenant_id = gw.current_tenant() and row_.{id} = given.id"
    );
    let done = sqlx::query(ours(sql)).bind(ids).bind(values).execute(conn).await?;
    Ok(done.rows_affected())
}

/// The names in these texts are constants of services' source.
fn ours(sql: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(sql)
}
